"""``workbench dashboards``: show what is published in Voilà, as a process of its own."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.door import Answer, Door, verb


def add_dashboards(root: typer.Typer) -> None:
    """Add the command."""
    verb(root, "dashboards")(dashboards)


def dashboards(
    door: Door,
    published: Annotated[
        Path | None, typer.Option(help="The folder to show; the home's unless given.")
    ] = None,
    port: Annotated[int, typer.Option(help="The first to try; 0: any.", min=0, max=65535)] = 8866,
    base_url: Annotated[str, typer.Option(help="The path behind a proxy.")] = "/",
    user: Annotated[
        str | None, typer.Option(help="The OS user to become first, as root.", metavar="NAME")
    ] = None,
) -> Answer:
    """Show the published pages in Voilà, on this machine only. Signs and moves nothing."""
    folder = (published or door.settings.published_dir).absolute()
    words = [sys.executable, "-m", "workbench.dashboards", "--published", str(folder)]
    words += ["--port", str(port), "--base-url", base_url]
    words += [] if user is None else ["--user", user]
    # It becomes that process: nothing of the person's own is left in it, and Ctrl-C ends it.
    os.execv(sys.executable, words)  # noqa: S606 - no shell, and words of our own
