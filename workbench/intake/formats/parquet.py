"""Parquet: what the footer declares is checked before anything is unpacked."""

import os
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from workbench.core.errors import WorkbenchError
from workbench.intake.codes import refusal, shown
from workbench.intake.formats.table import Format, RawRow, Table
from workbench.intake.limits import Limits

_BATCH_ROWS: Final = 8_192
# The texts of messages are unpacked one by one, however often they repeat.
_NESTED_BATCH_ROWS: Final = 64
_MAX_FOOTER_BYTES: Final = 16 * 2**20
_TAIL_BYTES: Final = 8
_BROKEN: Final = (pa.ArrowException, OSError, ValueError, KeyError, OverflowError, MemoryError)


def open_parquet(stream: BinaryIO, limits: Limits) -> Table:
    """Return the table of a Parquet file.

    Raises
    ------
    InvalidInputError
        Damaged, without rows, or with two columns of one name.
    UnsupportedFormatError
        Encrypted.
    TooLargeError
        The footer declares more rows, columns or bytes than the limits allow.
    """
    _check_footer(stream)
    schema = _open(stream, ()).schema_arrow
    _check_declared(_open(stream, ()).metadata, limits)
    names = schema.names
    for place, name in enumerate(names):
        if name in names[:place]:
            raise refusal("duplicate-column", column=shown(name))
    are_texts = {field.name: _is_text(field.type) for field in schema}

    def rows(wanted: Sequence[str]) -> Iterator[RawRow]:
        for name in wanted:
            if not _is_readable(schema.field(name).type):
                raise refusal(
                    "column-type", column=shown(name), type=shown(schema.field(name).type)
                )
        return _rows(stream, wanted, [name for name in wanted if are_texts[name]])

    return Table(Format.PARQUET, are_texts, rows)


def _check_footer(stream: BinaryIO) -> None:
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - _TAIL_BYTES))
    tail = stream.read(_TAIL_BYTES)
    if tail.endswith(b"PARE"):
        raise refusal("encrypted-parquet")
    if not tail.endswith(b"PAR1") or size < 2 * _TAIL_BYTES:
        raise refusal("broken-parquet", why="it ends too early")
    n_footer = int.from_bytes(tail[:4], "little")
    if n_footer > min(size, _MAX_FOOTER_BYTES):
        raise refusal("broken-parquet", why=f"its footer claims {n_footer} bytes")


def _open(stream: BinaryIO, texts: Sequence[str]) -> Any:
    stream.seek(0)
    try:
        return pq.ParquetFile(
            stream,
            # A text repeated a million times is then held, and unpacked, once.
            read_dictionary=list(texts),
            pre_buffer=False,
            thrift_string_size_limit=_MAX_FOOTER_BYTES,
            thrift_container_size_limit=1_000_000,
            page_checksum_verification=True,
        )
    except _BROKEN as error:
        raise _broken(error) from error


def _check_declared(metadata: Any, limits: Limits) -> None:
    if metadata.num_columns > limits.max_columns:
        raise refusal("too-many-columns", limit=limits.max_columns)
    if metadata.num_rows > limits.max_rows:
        raise refusal("too-many-rows", limit=limits.max_rows)
    if metadata.num_rows == 0:
        raise refusal("no-rows")
    n_rows = n_bytes = 0
    try:
        for group in map(metadata.row_group, range(metadata.num_row_groups)):
            # Not column by column: reading a damaged column's entry here ends the process.
            if group.num_rows < 0 or group.total_byte_size < 0:
                raise refusal("broken-parquet", why="a row group of less than nothing")
            n_rows += group.num_rows
            n_bytes += group.total_byte_size
    except _BROKEN as error:
        raise _broken(error) from error
    if n_rows != metadata.num_rows:
        raise refusal("broken-parquet", why="its row groups do not add up to its rows")
    if n_bytes > limits.max_file_bytes:
        raise refusal("parquet-too-large", size=n_bytes, limit=limits.max_file_bytes)


def _rows(stream: BinaryIO, wanted: Sequence[str], texts: Sequence[str]) -> Iterator[RawRow]:
    file = _open(stream, texts)
    number = 0
    is_nested = any(_is_messages(file.schema_arrow.field(name).type) for name in wanted)
    n_rows = _NESTED_BATCH_ROWS if is_nested else _BATCH_ROWS
    batches = file.iter_batches(n_rows, columns=list(wanted), use_threads=False)
    while True:
        try:
            batch = next(batches, None)
            if batch is None:
                break
            columns = [_values(batch.column(name)) for name in wanted]
        except _BROKEN as error:
            raise _broken(error, after_row=number) from error
        for values in zip(*columns, strict=True):
            number += 1
            yield number, dict(zip(wanted, values, strict=True))
    if number != file.metadata.num_rows:
        raise refusal("broken-parquet", why=f"it ends after row {number}")


def _values(column: Any) -> list[object]:
    if not pa.types.is_dictionary(column.type):
        return list(column.to_pylist())
    # The dictionary grows from batch to batch: only what this one uses becomes Python text.
    places = column.indices.to_pylist()
    used = sorted({place for place in places if place is not None})
    texts = column.dictionary.take(pa.array(used, pa.int64())).to_pylist()
    by_place = dict(zip(used, texts, strict=True))
    return [by_place.get(place) for place in places]


def _is_text(kind: Any) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _is_readable(kind: Any) -> bool:
    number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
    return bool(number or _is_text(kind) or _is_messages(kind))


def _is_messages(kind: Any) -> bool:
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    return bool(
        is_list
        and pa.types.is_struct(kind.value_type)
        and all(_is_text(field.type) or pa.types.is_null(field.type) for field in kind.value_type)
    )


def _broken(error: BaseException, after_row: int | None = None) -> WorkbenchError:
    if "encrypt" in str(error).lower():
        return refusal("encrypted-parquet")
    if isinstance(error, UnicodeDecodeError):
        return refusal("broken-parquet", why=f"after row {after_row}: a text is not valid UTF-8")
    where = "" if after_row is None else f"after row {after_row}: "
    return refusal("broken-parquet", why=where + shown(str(error).split("\n")[0], 120))
