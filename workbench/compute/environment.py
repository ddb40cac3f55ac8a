"""The environment variables every worker starts with."""

from typing import Final

WORKER_ENVIRONMENT: Final[dict[str, str]] = {
    # One thread a process and one process a core: two OpenMP threads are slower than one when
    # the other core is busy, and sums of floats depend on the number of threads.
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    # The order of a set of strings must not differ from worker to worker.
    "PYTHONHASHSEED": "0",
    # Nothing is fetched and nothing is reported while a job runs.
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_EVALUATE_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "1",
    # An unreachable tracking server is an answer within seconds, not minutes.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "5",
}
"""They only count when set before numpy, torch or mlflow are imported."""
