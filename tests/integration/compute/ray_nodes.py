"""Two nodes of a Ray cluster on this machine, until our standard input is closed.

``ray start`` would replace 127.0.0.1 by the machine's own address on the second node.
"""

import json
import sys
from typing import Any

from ray.cluster_utils import Cluster


def main() -> None:
    settings: dict[str, Any] = {
        "node_ip_address": "127.0.0.1",
        "num_cpus": 1,
        "object_store_memory": 100_000_000,
        "include_dashboard": False,
        "include_log_monitor": False,
    }
    cluster = Cluster()
    cluster.add_node(**settings)
    second = cluster.add_node(**settings)
    [raylet] = second.all_processes["raylet"]
    line = {"address": cluster.address, "raylet": raylet.process.pid}
    sys.stdout.write(f"{json.dumps(line)}\n")
    sys.stdout.flush()
    sys.stdin.read()
    cluster.shutdown()


if __name__ == "__main__":
    main()
