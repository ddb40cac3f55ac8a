"""A model's folder as a zip that a stranger made: checked by name and size, then unpacked."""

import shutil
import stat
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Final

from workbench.core.errors import DiskFullError, TooLargeError, UnsupportedFormatError
from workbench.core.model_files import WANTED, is_weights, travels

MAX_MEMBERS: Final = 500
MAX_TEXT_BYTES: Final = 128 * 2**20
MAX_BYTES: Final = 32 * 2**30
_CHUNK: Final = 2**20
_ENCRYPTED: Final = 0x1
_NEXT: Final = "give the folder itself: workbench model import FOLDER --name NAME"


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a model's folder from a zip, if it holds nothing else.

    Raises
    ------
    UnsupportedFormatError
        It is no sound zip, or a member is a folder, a link, a pickle, or of an unknown name.
    TooLargeError
        It has too many members, or unpacks to too much.
    DiskFullError
        There is less room than it unpacks to.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            members = opened.infolist()
            _check(members)
            _check_sizes(members, folder)
            for member in members:
                with opened.open(member) as source:
                    _copy(source, folder / member.filename, member.file_size)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError) as error:
        raise UnsupportedFormatError(
            f"the model's zip is damaged: {error}", wanted=f"a zip of {WANTED}", next_step=_NEXT
        ) from error


def _check(members: Sequence[zipfile.ZipInfo]) -> None:
    strange = [member.filename for member in members if not travels(member.filename)]
    if strange:
        raise UnsupportedFormatError(
            f"the model's zip holds {', '.join(name[:80] for name in strange[:5])}",
            wanted=WANTED,
            next_step=f"leave it out; {_NEXT}",
            files=strange[:20],
        )
    names = Counter(member.filename for member in members)
    odd = [
        member.filename
        for member in members
        if stat.S_IFMT(member.external_attr >> 16) not in {0, stat.S_IFREG}
        or member.flag_bits & _ENCRYPTED
        or names[member.filename] > 1
    ]
    if odd:
        raise UnsupportedFormatError(
            f"{odd[0]} in the model's zip is a link, encrypted, or there twice",
            wanted="each file once, as it is",
            next_step=_NEXT,
            files=odd[:20],
        )


def _check_sizes(members: Sequence[zipfile.ZipInfo], folder: Path) -> None:
    long = [m for m in members if not is_weights(m.filename) and m.file_size > MAX_TEXT_BYTES]
    total = sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS or long or total > MAX_BYTES:
        what = f"{long[0].filename} of {long[0].file_size:,} bytes" if long else f"{total:,} bytes"
        raise TooLargeError(
            f"the model's zip holds {len(members)} files, {what}",
            wanted=f"at most {MAX_MEMBERS} files and {MAX_BYTES:,} bytes, "
            f"{MAX_TEXT_BYTES:,} a file without weights",
            next_step="choose a smaller model",
        )
    free = shutil.disk_usage(folder).free
    if total > free:
        raise DiskFullError(
            f"the model unpacks to {total:,} bytes, and {free:,} are free",
            wanted="room for it in the cache, twice: unpacked and converted",
            next_step="free some space, or set WORKBENCH_CACHE to a larger disk",
        )


def _copy(source: IO[bytes], target: Path, size: int) -> None:
    """Copy at most what the archive's list of members says."""
    copied = 0
    with target.open("xb") as out:
        while chunk := source.read(_CHUNK):
            copied += len(chunk)
            if copied > size:
                raise zipfile.BadZipFile(f"{target.name} is longer than the list says")
            out.write(chunk)
