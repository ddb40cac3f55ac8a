"""How much memory this process takes, as the system counts it."""

from pathlib import Path


def forget_peak() -> None:
    """Let the peak of this process's memory start from now, where the system can do that."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def resident_peak() -> int:
    """Return the most bytes that were resident since the peak was forgotten."""
    return _status("VmHWM:")


def resident() -> int:
    """Return the bytes that are resident now."""
    return _status("VmRSS:")


def _status(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    return 0
