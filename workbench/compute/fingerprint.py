"""What a job's outcome depends on besides its inputs: versions, threads and the CPU."""

import importlib.metadata
import platform
from pathlib import Path
from typing import Final

from workbench.compute.environment import WORKER_ENVIRONMENT

_PACKAGES: Final = (
    "numpy",
    "peft",
    "safetensors",
    "scikit-learn",
    "scipy",
    "tokenizers",
    "torch",
    "transformers",
)
# Which kernels torch and its BLAS choose; with others, sums come out differently rounded.
_CPU_FLAGS: Final = ("amx_bf16", "avx2", "avx512_bf16", "avx512f", "fma")


def fingerprint() -> dict[str, str]:
    """Return the environment that a worker of this machine gives to a job.

    Training is bit-identical between processes whose fingerprints and dtypes agree. Nothing
    heavy is imported: versions are read from the installed packages' metadata, in 20 ms.

    Returns
    -------
    dict of name → text: ``python``, ``system``, ``machine``, ``cpu`` and ``cpu_flags`` (empty
    where the system does not tell), ``threads``, and one entry a package (``absent`` if it is
    not installed).
    """
    cpu = parse_cpu(_read(Path("/proc/cpuinfo")))
    return {
        # Without the patch level, which no sum of floats depends on: the lock has it.
        "python": ".".join(platform.python_version_tuple()[:2]),
        "system": platform.system(),
        "machine": platform.machine(),
        "threads": WORKER_ENVIRONMENT["OMP_NUM_THREADS"],
        **cpu,
        **{package: _version(package) for package in _PACKAGES},
    }


def parse_cpu(cpuinfo: str) -> dict[str, str]:
    """Return model and the flags that matter, from the text of ``/proc/cpuinfo``."""
    fields: dict[str, str] = {}
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        fields.setdefault(name.strip(), value.strip())
    flags = set(fields.get("flags", "").split())
    return {
        "cpu": fields.get("model name", ""),
        "cpu_flags": " ".join(flag for flag in _CPU_FLAGS if flag in flags),
    }


def _read(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "absent"
