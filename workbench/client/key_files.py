"""A person's key files: one signs, one may be waiting to, and none is ever overwritten."""

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from workbench.core.errors import ConflictError, InvalidInputError, NotFoundError
from workbench.core.folders import sync_folder
from workbench.core.keys import PrivateKey, check_identity_name
from workbench.core.sealed_keys import MAX_SEALED_BYTES, open_key, seal_key

_N_DIGITS: Final = 16


@dataclass(frozen=True)
class KeyFiles:
    """The files of one identity.

    Attributes
    ----------
    keys_dir : folder of private keys.
    name : of the identity.
    """

    keys_dir: Path
    name: str

    @property
    def path(self) -> Path:
        """The key that signs."""
        return self.keys_dir / f"{self.name}.key"

    @property
    def next_path(self) -> Path:
        """A key that is to take its place, until the server says that it did."""
        return self.keys_dir / f"{self.name}.key.next"

    def key(self) -> PrivateKey:
        """Return the key that signs, made on first use."""
        exists = self.path.exists()
        return PrivateKey.load(self.path) if exists else PrivateKey.load_or_make(self.path)

    def next_key(self) -> PrivateKey:
        """Return the key that is to take its place; the same one until it has."""
        return PrivateKey.load_or_make(self.next_path)

    def is_next(self, public_hex: str) -> bool:
        """Say whether this is the public key of the key that waits."""
        return self.next_path.exists() and PrivateKey.load(self.next_path).public_hex == public_hex

    def move_next(self) -> None:
        """Let the key that waits sign; the one before is kept beside it.

        Killed anywhere in between, it leaves both keys, and may be called again.
        """
        if self.path.exists():
            digits = PrivateKey.load(self.path).public_hex[:_N_DIGITS]
            with suppress(FileExistsError):
                os.link(self.path, self.path.with_name(f"{self.path.name}.old-{digits}"))
        self.next_path.replace(self.path)
        sync_folder(self.keys_dir)

    def export(self, file: Path, passphrase: str) -> None:
        """Write the key that signs into a new file that a passphrase opens.

        Raises
        ------
        NotFoundError
            There is no such key.
        ConflictError
            The file exists.
        InvalidInputError
            The passphrase is empty.
        """
        if not self.path.exists():
            there = sorted(path.stem for path in self.keys_dir.glob("*.key"))
            raise NotFoundError(
                f"there is no key of {self.name} in {self.keys_dir}",
                wanted=f"one of: {', '.join(there)}" if there else "a key; there is none",
                next_step="WORKBENCH_KEYS names the folder",
            )
        write_new(file, seal_key(PrivateKey.load(self.path), self.name, passphrase), 0o600)


def import_key(keys_dir: Path, file: Path, passphrase: str, name: str | None = None) -> KeyFiles:
    """Put an exported key among the person's own; one that is there is never overwritten.

    Parameters
    ----------
    name : of the identity; as it was exported unless given.

    Raises
    ------
    InvalidInputError
        The passphrase does not open the file, or it holds no key.
    ConflictError
        Another key has this name.
    """
    exported_as, key = open_key(read_small(file), passphrase)
    files = KeyFiles(keys_dir, check_identity_name(name or exported_as))
    if not key.keep(files.path) and PrivateKey.load(files.path) != key:
        raise ConflictError(
            f"another key is in {files.path}",
            wanted="a name that is free: no key is ever overwritten",
            next_step=f"import it under another name: --name {files.name}-2",
        )
    return files


def read_object(file: Path) -> dict[str, Any]:
    """Return the JSON object in a small file."""
    try:
        value = json.loads(read_small(file))
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise InvalidInputError(f"{file} holds no JSON object", wanted="the file as it was written")
    return value


def read_small(file: Path) -> str:
    """Return the text of a file of a few lines.

    Raises
    ------
    NotFoundError
        There is no such file.
    InvalidInputError
        It cannot be read, or is larger than any that the workbench writes.
    """
    try:
        # Not blocking, or a named pipe would keep us for ever.
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as stream:
            content = stream.read(MAX_SEALED_BYTES + 1) or b""
        text = content.decode()
    except FileNotFoundError as error:
        raise NotFoundError(
            f"there is no file {file}", wanted="a file", next_step="check its name"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            f"{file} cannot be read as text: {error}", wanted="a text file that you may read"
        ) from error
    if len(content) > MAX_SEALED_BYTES:
        raise InvalidInputError(
            f"{file} has more than {MAX_SEALED_BYTES} bytes", wanted="the file as it was written"
        )
    return text


def write_new(file: Path, text: str, mode: int) -> None:
    """Write a file that was not there.

    Raises
    ------
    ConflictError
        It was.
    InvalidInputError
        It cannot be written.
    """
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
    except FileExistsError as error:
        raise ConflictError(
            f"{file} exists", wanted="the name of a new file: nothing is overwritten"
        ) from error
    except OSError as error:
        raise InvalidInputError(
            f"{file} cannot be written: {error.strerror}", wanted="a folder that you may write"
        ) from error
