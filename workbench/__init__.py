"""Merit Workbench: bring rare knowledge as data, be paid for what it measurably added.

>>> import workbench
>>> workbench.__version__
'0.1.0'
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.client.bench import Bench as Bench

__all__ = ["Bench", "__version__"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    # Loaded on first use: `import workbench` stays light for scripts and tab completion.
    if name == "Bench":
        from workbench.client.bench import Bench

        return Bench
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
