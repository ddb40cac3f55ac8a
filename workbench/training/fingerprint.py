"""What, beside the job itself, decides the bits of a training's outcome."""

import os
from importlib.metadata import version
from typing import Final, Literal

import torch

_PACKAGES = ("torch", "transformers", "peft", "tokenizers", "numpy")
_CPU: Final = torch.device("cpu")


def prepare_torch() -> None:
    """Use one thread, so that sums are formed in one order; a worker is one core anyway."""
    if torch.get_num_threads() != 1:
        torch.set_num_threads(1)
    if torch.cuda.is_available():
        # cuBLAS reads it when it is first used; without it, its sums have no fixed order.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(mode=True, warn_only=True)


def choose_device() -> torch.device:
    """Return where a whole model computes: on a GPU when there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def choose_dtype(
    wanted: Literal["auto", "bfloat16", "float32"], device: torch.device = _CPU
) -> torch.dtype:
    """Return the dtype of frozen weights and hidden states.

    bfloat16 pays only where the CPU multiplies it natively (AVX512_BF16 or AMX: about 190
    against 85 GFLOP/s on one Zen 4 core); elsewhere it is emulated and slower than float32.
    """
    if wanted == "auto":
        if device.type == "cuda":
            native = torch.cuda.is_bf16_supported(including_emulation=False)
        else:
            native = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()  # noqa: SLF001
        return torch.bfloat16 if native else torch.float32
    return torch.bfloat16 if wanted == "bfloat16" else torch.float32


def dtype_name(dtype: torch.dtype) -> str:
    """Return a dtype's name without torch's prefix, e.g. ``"bfloat16"``."""
    return str(dtype).removeprefix("torch.")


def numerics(dtype: torch.dtype) -> dict[str, str]:
    """Return what two machines must share for bit-identical hidden states."""
    return {
        "torch": version("torch"),
        "transformers": version("transformers"),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "threads": str(torch.get_num_threads()),
        "dtype": dtype_name(dtype),
    }


def fingerprint(dtype: torch.dtype, device: torch.device = _CPU) -> dict[str, str]:
    """Return the environment's fingerprint: versions, dtype, threads, CPU capability, any GPU.

    Two runs of one job with equal fingerprints give identical adapters; otherwise losses
    agree within a tolerance.
    """
    found = {name: version(name) for name in _PACKAGES} | numerics(dtype)
    if device.type == "cuda":
        found |= {
            "device": torch.cuda.get_device_name(device),
            "cuda": str(torch.version.cuda),
        }
    return found
