"""The connection to MLflow, and what its failures mean to us."""

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import mlflow
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from workbench.core.errors import TrackingUnavailableError
from workbench.tracking.database import make_database

_EXISTS: Final = ("RESOURCE_ALREADY_EXISTS", "ALREADY_EXISTS")


@contextlib.contextmanager
def tracking(uri: str, artifacts_dir: Path | None) -> Iterator[Any]:
    """Give an ``MlflowClient`` of a tracking URI, and errors of ours for those of MLflow.

    The URI becomes the process's own as well: MLflow's functions for models know no other way.
    So this belongs into a worker, where one job runs at a time. How long an unreachable server
    is waited for is set by the worker's environment.

    Parameters
    ----------
    uri : of a tracking server or a database; a missing SQLite file is made.
    artifacts_dir : where a new database stores what is logged outside of our experiments.

    Raises
    ------
    TrackingUnavailableError
        The server or database cannot be reached, read or written. Whatever MLflow refuses is
        this one error: the work that was to be logged is done, and its log can wait.
    """
    with _errors(uri):
        make_database(uri, artifacts_dir)
        mlflow.set_tracking_uri(uri)
        yield mlflow.MlflowClient(tracking_uri=uri)


def experiment_id(client: Any, name: str, artifacts_dir: Path | None) -> str:
    """Return the id of the experiment of a name; make it if there is none.

    Parameters
    ----------
    artifacts_dir : where its artifacts are stored; None leaves it to the tracking server.
        Without it, a client of a database stores below whatever folder it was started in.

    Raises
    ------
    TrackingUnavailableError
        Somebody deleted the experiment of this name.
    """
    location = None if artifacts_dir is None else artifacts_dir.absolute().as_uri()
    experiment = client.get_experiment_by_name(name)
    if experiment is None:
        try:
            return str(client.create_experiment(name, artifact_location=location))
        except MlflowException as error:
            # Another worker was faster.
            if error.error_code not in _EXISTS:
                raise
            experiment = client.get_experiment_by_name(name)
    if experiment.lifecycle_stage != "active":
        raise TrackingUnavailableError(
            f"the MLflow experiment {name!r} was deleted",
            wanted="an active experiment",
            next_step=f"mlflow experiments restore --experiment-id {experiment.experiment_id}",
        )
    return str(experiment.experiment_id)


@contextlib.contextmanager
def _errors(uri: str) -> Iterator[None]:
    try:
        yield
    except (MlflowException, SQLAlchemyError) as error:
        raise _unavailable(uri, error) from error
    except ModuleNotFoundError as error:
        raise _unavailable(uri, error, next_step=f"pip install {error.name}") from error
    except OSError as error:  # among them requests' exceptions, when artifacts are uploaded
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        raise _unavailable(uri, error) from error


def _unavailable(
    uri: str,
    error: Exception,
    next_step: str = "start it, or set WORKBENCH_TRACKING_URI; what waits is logged then",
) -> TrackingUnavailableError:
    where = without_password(uri)
    return TrackingUnavailableError(
        f"MLflow at {where} does not answer: {_first_line(error).replace(uri, where)[:200]}",
        wanted="a reachable tracking server or database",
        next_step=next_step,
        uri=where,
    )


def without_password(uri: str) -> str:
    """Return a tracking URI that can be shown."""
    parts = urlsplit(uri)
    if not parts.password:
        return uri
    return parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", ":…@")).geturl()


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
