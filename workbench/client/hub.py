"""Models by name: from the Hugging Face hub's local cache, or from the hub where it is reached."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from workbench.core.errors import InvalidInputError, NotFoundError
from workbench.core.model_files import NAMES, README

_FILES: Final = [*sorted(NAMES), README, "*.safetensors"]
# Either keeps the hub's own client from asking.
_OFFLINE: Final = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
_YES: Final = frozenset({"1", "on", "true", "yes"})


def folder_of(name: str, environ: Mapping[str, str]) -> Path:
    """Return the folder of a model's newest revision; what is missing of it is fetched.

    Only files that can run no code are asked for. ``HF_HUB_OFFLINE`` forbids asking,
    ``HF_ENDPOINT`` and ``HF_TOKEN`` name another hub and who asks, as everywhere.

    Parameters
    ----------
    name : ``"owner/name"``.
    environ : of the person's process.

    Raises
    ------
    NotFoundError
        The cache has no such model, and the hub has none either, or cannot be asked.
    InvalidInputError
        The hub shows it only to people who have accepted its terms.
    """
    root = Path(environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface") / "hub"
    cache = Path(environ.get("HF_HUB_CACHE") or root)
    if not any(environ.get(name, "").lower() in _YES for name in _OFFLINE):
        return _fetched(name, cache, environ)
    kept = _kept(name, cache)
    if kept is None:
        raise NotFoundError(
            f"there is no file {name!r}, and the hub's local cache has no model of this name",
            wanted="a model of the cache, since HF_HUB_OFFLINE forbids asking the hub",
            next_step=f"download it first: hf download {name}",
        )
    return kept


def _fetched(name: str, cache: Path, environ: Mapping[str, str]) -> Path:
    # Only who names a model of the hub pays for its client.
    from huggingface_hub import errors, snapshot_download  # noqa: PLC0415

    try:
        return Path(
            snapshot_download(
                name,
                cache_dir=cache,
                allow_patterns=_FILES,
                endpoint=environ.get("HF_ENDPOINT"),
                token=environ.get("HF_TOKEN") or False,
            )
        )
    except errors.GatedRepoError as error:
        raise InvalidInputError(
            f"the hub shows {name} only to people who have accepted its terms",
            wanted="a token of such a person in HF_TOKEN",
            next_step="accept the terms on the model's page, then try again",
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise NotFoundError(
            f"there is no file {name!r}, and the hub has no model of this name",
            wanted="the name of a model, OWNER/NAME, or a file",
            next_step="look the name up; a private model needs HF_TOKEN",
        ) from error
    except (errors.HfHubHTTPError, errors.LocalEntryNotFoundError) as error:
        kept = _kept(name, cache)
        if kept is not None:
            return kept
        raise NotFoundError(
            f"there is no file {name!r}, and the hub cannot be reached",
            wanted="a file, a folder, a model of the hub's local cache, or a way to the hub",
            next_step=f"where it can be reached: hf download {name}",
        ) from error


def _kept(name: str, cache: Path) -> Path | None:
    """Return the folder of the revision that the cache has, if it has one."""
    model = cache / f"models--{name.replace('/', '--')}"
    try:
        revision = (model / "refs" / "main").read_text().strip()
    except OSError:
        return None
    folder = model / "snapshots" / revision
    return folder if revision.isalnum() and folder.is_dir() else None
