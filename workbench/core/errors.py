"""The error tree. Every error says what was found, what is wanted and what to do next.

.. code-block:: text

    WorkbenchError 500
    ├── InvalidInputError 422
    │   ├── UnsupportedFormatError 415
    │   ├── TooLargeError 413
    │   ├── SignatureError 422
    │   ├── CorruptBundleError 422
    │   └── QueryRefusedError 422
    ├── UnauthorizedError 401
    ├── ForbiddenError 403
    │   └── LoginExpiredError 403
    ├── NotFoundError 404
    ├── ConflictError 409
    │   ├── InvalidMoveError 409
    │   ├── DuplicateError 409
    │   ├── ForkedLogError 409
    │   ├── OtherVersionError 409
    │   └── InsufficientFundsError 409
    ├── JobError 500
    │   ├── WorkerLostError 500
    │   ├── MemoryLimitError 500
    │   ├── TimeLimitError 504
    │   ├── JobCancelledError 409
    │   ├── ExecutorClosedError 503
    │   └── TrainingDivergedError 500
    ├── TooManyJobsError 429
    ├── NewerHomeError 409
    ├── CorruptHomeError 500
    ├── DiskFullError 507
    ├── TrackingUnavailableError 503
    ├── MissingExtraError 501
    ├── NotBuiltError 501
    └── ServerUnavailableError 503
"""

from typing import Any, ClassVar, Self


class WorkbenchError(Exception):
    """Anything the workbench refuses or cannot do.

    Parameters
    ----------
    found
        What was found, as one sentence without a full stop.
    wanted
        What would have been accepted.
    next_step
        What the person can do about it; a command or an action.
    **facts
        Machine-readable details, JSON values only; they travel in problem details.
    """

    status: ClassVar[int] = 500

    def __init__(self, found: str, *, wanted: str = "", next_step: str = "", **facts: Any) -> None:
        super().__init__(found)
        self.found = found
        self.wanted = wanted
        self.next_step = next_step
        self.facts = facts

    @classmethod
    def code(cls) -> str:
        """Return the stable reason code, e.g. ``"not-found"`` for ``NotFoundError``."""
        name = cls.__name__.removesuffix("Error")
        return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")

    def __str__(self) -> str:
        parts = [self.found]
        if self.wanted:
            parts.append(f"Wanted: {self.wanted}")
        if self.next_step:
            parts.append(f"Next: {self.next_step}")
        return ". ".join(parts)

    def to_problem(self) -> dict[str, Any]:
        """Return the problem details of RFC 9457, with the facts as extension members."""
        return {
            "type": f"urn:workbench:error:{self.code()}",
            "title": self.__class__.__name__,
            "status": self.status,
            "detail": self.found,
            "wanted": self.wanted,
            "next_step": self.next_step,
            "facts": self.facts,
        }

    @classmethod
    def from_problem(cls, problem: dict[str, Any]) -> "WorkbenchError":
        """Rebuild the error of its own class from problem details.

        An unknown title, from a newer server, becomes a plain ``WorkbenchError``.
        """
        kind = _by_name(cls).get(str(problem.get("title")), WorkbenchError)
        return kind(
            str(problem.get("detail", "unknown error")),
            wanted=str(problem.get("wanted", "")),
            next_step=str(problem.get("next_step", "")),
            **dict(problem.get("facts") or {}),
        )

    def __reduce__(self) -> tuple[Any, ...]:
        # Keyword-only arguments do not survive the default reduction between processes.
        return (_rebuild, (self.to_problem(),))

    def with_facts(self, **facts: Any) -> Self:
        """Return the same error with more facts."""
        self.facts |= facts
        return self


def _by_name(root: type[WorkbenchError]) -> dict[str, type[WorkbenchError]]:
    found = {root.__name__: root}
    for child in root.__subclasses__():
        found |= _by_name(child)
    return found


def _rebuild(problem: dict[str, Any]) -> WorkbenchError:
    return WorkbenchError.from_problem(problem)


class InvalidInputError(WorkbenchError):
    """A value, file or request is not what is accepted."""

    status = 422


class UnsupportedFormatError(InvalidInputError):
    """A file's format is unknown, or its content is not what its name says."""

    status = 415


class TooLargeError(InvalidInputError):
    """A file, request or answer exceeds its limit."""

    status = 413


class SignatureError(InvalidInputError):
    """A signature does not verify, or its key is refused."""


class CorruptBundleError(InvalidInputError):
    """A bundle's parts contradict each other, or one is not what was signed."""


class QueryRefusedError(InvalidInputError):
    """A statement is not one read-only SELECT over the published views."""


class UnauthorizedError(WorkbenchError):
    """The request carries no valid token."""

    status = 401


class ForbiddenError(WorkbenchError):
    """The person is known but may not do this."""

    status = 403


class LoginExpiredError(ForbiddenError):
    """Nobody is logged in to the Jupyter server, or not any more."""


class NotFoundError(WorkbenchError):
    """No such thing; the facts name the nearest ones there are."""

    status = 404


class ConflictError(WorkbenchError):
    """The request contradicts what is recorded."""

    status = 409


class InvalidMoveError(ConflictError):
    """The thing is in a state from which this move is not allowed."""


class DuplicateError(ConflictError):
    """The same content was submitted before."""


class ForkedLogError(ConflictError):
    """A server signed two histories of its log that cannot both be true."""


class OtherVersionError(ConflictError):
    """Two parts of the workbench that speak to each other are of different versions."""


class InsufficientFundsError(ConflictError):
    """An account holds less than the amount to move."""


class JobError(WorkbenchError):
    """A job failed; the facts carry its id and the end of its log."""


class WorkerLostError(JobError):
    """The worker process died."""


class MemoryLimitError(JobError):
    """The worker grew past its memory limit and was ended."""


class TimeLimitError(JobError):
    """The work took longer than its limit and was ended."""

    status = 504


class JobCancelledError(JobError):
    """Somebody cancelled the job."""

    status = 409


class ExecutorClosedError(JobError):
    """The workers were stopped, with the server; the job is neither done nor failed."""

    status = 503


class TrainingDivergedError(JobError):
    """The loss became NaN or infinite."""


class TooManyJobsError(WorkbenchError):
    """The person has as many jobs in the queue as one person may have."""

    status = 429


class NewerHomeError(WorkbenchError):
    """The home was written by a newer version of the workbench."""

    status = 409


class CorruptHomeError(WorkbenchError):
    """The home's files contradict each other."""


class DiskFullError(WorkbenchError):
    """No space is left where the workbench stores."""

    status = 507


class TrackingUnavailableError(WorkbenchError):
    """MLflow cannot be reached; logging is delayed, nothing is lost."""

    status = 503


class MissingExtraError(WorkbenchError):
    """An optional package is not installed."""

    status = 501


class NotBuiltError(WorkbenchError):
    """A file that the build of the extensions makes is not there."""

    status = 501


class ServerUnavailableError(WorkbenchError):
    """The workbench server cannot be started or does not answer."""

    status = 503
