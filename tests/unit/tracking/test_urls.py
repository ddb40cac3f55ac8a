"""Addresses of runs and the command that shows them."""

import shlex

import pytest

from workbench.core.errors import InvalidInputError
from workbench.tracking.urls import experiment_url, run_url, ui_command, ui_of


def test_a_run_and_its_experiment_have_deep_links() -> None:
    ui = "https://mlflow.example.org/team/"

    assert run_url(ui, "7", "ab") == "https://mlflow.example.org/team/#/experiments/7/runs/ab"
    assert experiment_url(ui, "7") == "https://mlflow.example.org/team/#/experiments/7/runs"


def test_the_ui_of_a_server_is_the_server_and_of_a_database_our_own() -> None:
    assert ui_of("http://tracking:5000") == "http://tracking:5000"
    assert ui_of("sqlite:////home/ana/mlflow.db") == "http://127.0.0.1:5000"


def test_the_command_binds_to_loopback_and_reports_nothing() -> None:
    words = shlex.split(ui_command("sqlite:////home/ana/my $runs/mlflow.db", port=5001))

    assert words[:4] == ["MLFLOW_DISABLE_TELEMETRY=true", "DO_NOT_TRACK=1", "mlflow", "server"]
    assert words[words.index("--backend-store-uri") + 1] == "sqlite:////home/ana/my $runs/mlflow.db"
    assert words[words.index("--host") + 1] == "127.0.0.1"
    assert words[words.index("--port") + 1] == "5001"


def test_a_tracking_server_needs_no_command() -> None:
    assert ui_command("https://mlflow.example.org") == ""


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_that_cannot_be_is_refused(port: int) -> None:
    with pytest.raises(InvalidInputError, match="the port is"):
        ui_command("sqlite:////x.db", port=port)
