"""How the demo tells its story: a title, a bar and the seconds of every step."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.text import Text

from workbench.client.display import Column, Table


@dataclass
class Screen:
    """Prints steps and remembers how long each took.

    Attributes
    ----------
    console : where to print.
    seconds : title of each finished step → seconds.
    """

    console: Console
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Print the title, run what is inside, print its seconds."""
        self.console.print()
        self.console.print(Text(f"{len(self.seconds) + 1:>2}  {title}", style="bold"))
        began = time.monotonic()
        yield
        self.seconds[title] = time.monotonic() - began
        self.console.print(Text(f"    {self.seconds[title]:.1f} s", style="dim"))

    def say(self, text: str) -> None:
        """Print text below the step's title, as it is."""
        for line in text.splitlines() or [""]:
            self.console.print(Text(f"    {line}"), soft_wrap=True)

    def summary(self) -> str:
        """Return the table of time per step."""
        rows = [[title, f"{seconds:.1f}"] for title, seconds in self.seconds.items()]
        rows.append(["all steps", f"{sum(self.seconds.values()):.1f}"])
        return Table("", [Column("step"), Column("seconds", "right")], rows).text()
