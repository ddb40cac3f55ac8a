"""The ``workbench`` command: verbs, and the nouns they work on.

Exit status 0 is done, 1 refused or found wanting, 2 a mistake in the command line, 130
interrupted.
"""

from typing import Annotated

import typer

import workbench
from workbench.cli import contributions, game, home, jobs, mirror, people, proposals, server, tasks
from workbench.cli.chain import add_chain
from workbench.cli.contributions import add_contribute
from workbench.cli.dashboards import add_dashboards
from workbench.cli.home import add_home
from workbench.cli.ledger import add_ledger
from workbench.cli.money import add_money
from workbench.cli.proposals import add_proposals
from workbench.cli.reproduce import add_reproduce
from workbench.cli.story import add_story
from workbench.cli.verify import add_verify
from workbench.cli.work import add_work

app = typer.Typer(
    name="workbench",
    help="Bring rare knowledge as data, be paid for what it measurably added to a model.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
add_home(app)
app.add_typer(tasks.app, name="task")
add_contribute(app)
app.add_typer(contributions.app, name="contribution")
app.add_typer(home.models, name="model")
add_proposals(app)
app.add_typer(proposals.app, name="proposal")
add_work(app)
add_verify(app)
add_reproduce(app)
app.add_typer(mirror.app, name="mirror")
app.add_typer(game.app, name="game")
add_money(app)
add_dashboards(app)
add_ledger(app)
add_chain(app)
app.add_typer(jobs.app, name="job")
app.add_typer(people.identities, name="identity")
app.add_typer(people.roles, name="role")
app.add_typer(people.access, name="access")
app.add_typer(server.app, name="server")
add_story(app)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(workbench.__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    """Bring rare knowledge as data, be paid for what it measurably added to a model."""


def main() -> None:
    """Run the command line."""
    app()
