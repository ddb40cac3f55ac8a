"""Every reason why intake refuses, drops or notes something: one table, stable codes.

A code never changes its meaning; people filter by it and tests name it. Two kinds:

* reasons with an ``error`` end the reading of the file: there are no rows to speak of. The
  error's facts carry ``reason`` (the code), ``gate`` and what the message was filled with.
* the others become findings: the file was read, and this is what is the matter with some rows.

Placeholders are filled by :func:`refusal` and :func:`finding`. Text that comes from a contributed
file passes through :func:`shown` first, so that no terminal or page ever obeys it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import Field

from workbench.core.errors import (
    InvalidInputError,
    NotFoundError,
    TooLargeError,
    UnsupportedFormatError,
    WorkbenchError,
)
from workbench.core.wire import Finding

MAX_LISTED_ROWS: Final = 100
GateName = Literal[
    "format",
    "schema",
    "license",
    "size",
    "secrets",
    "personal-data",
    "duplicates-in-file",
    "duplicates-in-task",
    "hidden-test",
    "near-duplicates",
    "verdict",
]


@dataclass(frozen=True)
class Reason:
    """One line of the table.

    Attributes
    ----------
    code : stable, lower case with hyphens.
    gate : where it is found.
    outcome : what happens to the rows, or to the whole file.
    message : what was found; placeholders in braces.
    remedy : what the person can do about it.
    wanted : what would have been accepted; only for errors.
    error : raised when the reading cannot go on; ``None`` for findings.
    names_rows : whether the rows are listed in the finding.
    """

    code: str
    gate: GateName
    outcome: Literal["note", "dropped", "held", "quarantined", "refused"]
    message: str
    remedy: str
    wanted: str = ""
    error: type[WorkbenchError] | None = None
    names_rows: bool = True


_INVALID: Final = InvalidInputError
_LARGE: Final = TooLargeError
_FORMAT: Final = UnsupportedFormatError


def _error(
    gate: GateName, code: str, error: type[WorkbenchError], message: str, wanted: str, remedy: str
) -> Reason:
    return Reason(code, gate, "refused", message, remedy, wanted, error)


_SPLIT = "split it and contribute the parts one by one"
_EXPORT = "export the table again as CSV, JSON Lines or Parquet"
_QUOTES = "put fields that hold commas, quotes or line breaks in double quotes, or use JSON Lines"

_FORMAT_ERRORS: Final = (
    _error("format", "no-such-file", NotFoundError, "there is no file {name}", "a file that exists",
           "check the path"),
    _error("format", "not-a-file", _FORMAT, "{name} is no regular file",
           "a file, not a folder, pipe or device", "give the path of the file itself"),
    _error("format", "unsafe-name", _INVALID, "{name} is no plain file name",
           "a name without folders, '..', wildcards (* ?) and invisible characters",
           "rename the file"),
    _error("format", "unknown-ending", _FORMAT, "the name {name} does not say the file's format",
           "a name that ends in {endings}, each also with .gz", "rename or convert the file"),
    _error("format", "content-mismatch", _FORMAT, "{name} is named as {named} but holds {content}",
           "{named}, as the name says", "{hint}"),
    _error("format", "empty-file", _INVALID, "{name} is empty", "a file with at least one row",
           "check that the export finished"),
    _error("format", "file-too-large", _LARGE, "{name} has {size} bytes", "at most {limit} bytes",
           _SPLIT),
    _error("format", "broken-gzip", _FORMAT, "{name} is a damaged gzip file: {why}",
           "one complete gzip file", "compress the file again"),
    _error("format", "gzip-bomb", _LARGE, "{name} grows more than {limit}-fold when unpacked",
           "at most {limit} bytes for each byte packed", "contribute the file uncompressed"),
    _error("format", "gzip-members", _LARGE, "{name} holds more than {limit} gzip files in a row",
           "at most {limit} members", "compress the file again, as one"),
    _error("format", "gzip-too-large", _LARGE, "{name} unpacks to more than {limit} bytes",
           "at most {limit} bytes unpacked", _SPLIT),
)  # fmt: skip

_ENCODING_ERRORS: Final = (
    _error("schema", "bad-utf8", _INVALID,
           "byte {byte_offset} (line {line}) of {name} is not valid UTF-8", "text in UTF-8",
           "save the file again with the encoding UTF-8"),
    _error("schema", "nul-byte", _INVALID,
           "byte {byte_offset} (line {line}) of {name} is a NUL byte", "text without NUL bytes",
           "save the file as UTF-8, not as UTF-16 or a binary format"),
    _error("schema", "line-too-long", _LARGE, "row {row} is longer than {limit} characters",
           "at most {limit} characters a row", "check for a quote that never closes"),
    _error("schema", "too-many-rows", _LARGE, "the file has more than {limit} rows",
           "at most {limit} rows", _SPLIT),
    _error("schema", "too-many-columns", _LARGE, "the file has more than {limit} columns",
           "at most {limit} columns", "leave out the columns that the task does not use"),
    _error("schema", "too-much-text", _LARGE, "the rows hold more than {limit} characters",
           "at most {limit} characters in all", _SPLIT),
    _error("schema", "no-rows", _INVALID, "the file has no rows",
           "at least one row of values", "check that the export finished"),
)  # fmt: skip

_TABLE_ERRORS: Final = (
    _error("schema", "ragged-row", _INVALID,
           "row {row} (line {line}) has {n_fields} fields, the header has {n_columns}",
           "{n_columns} fields in every row", _QUOTES),
    _error("schema", "broken-csv", _INVALID, "row {row} (line {line}) cannot be read: {why}",
           "fields in double quotes, quotes inside them doubled", _QUOTES),
    _error("schema", "duplicate-column", _INVALID, "two columns are named {column}",
           "a different name for each column", "rename one of them"),
    _error("schema", "broken-json", _INVALID, "row {row} (line {line}) is no valid JSON: {why}",
           "one JSON object a row", _EXPORT),
    _error("schema", "not-an-object", _INVALID, "row {row} (line {line}) is {what}",
           'a JSON object a row, such as {{"text": "…"}}', _EXPORT),
    _error("schema", "duplicate-key", _INVALID, "row {row} names the key {key} twice",
           "each key once an object", "keep one of the two"),
    _error("schema", "not-finite-json", _INVALID, "row {row} holds {constant}, which is not JSON",
           "finite numbers, or null", "replace or remove the rows with missing numbers"),
    _error("schema", "huge-number", _INVALID, "row {row} holds a number of {n_digits} digits",
           "numbers of at most {limit} digits", "write it as a text, in quotes"),
    _error("schema", "too-deep", _INVALID, "row {row} is nested deeper than {limit} levels",
           "flat objects: column name and value", "flatten the rows"),
    _error("schema", "json-too-large", _LARGE, "a JSON array of {size} bytes",
           "at most {limit} bytes in one array",
           "save it as JSON Lines (.jsonl), one object a line"),
    _error("schema", "broken-parquet", _INVALID, "the Parquet file cannot be read: {why}",
           "a complete Parquet file", "write the file again"),
    _error("schema", "encrypted-parquet", _FORMAT, "the Parquet file is encrypted",
           "an unencrypted file", "write the file without encryption"),
    _error("schema", "parquet-too-large", _LARGE,
           "the Parquet file says it unpacks to {size} bytes", "at most {limit} bytes", _SPLIT),
    _error("schema", "column-type", _INVALID, "the column {column} holds values of type {type}",
           "texts, numbers, or messages whose members are texts", "convert the column"),
)  # fmt: skip

_COLUMN_ERRORS: Final = (
    _error("schema", "unknown-kind", _INVALID, "no task kind is {kind}", "{kinds}",
           "check the task"),
    _error("schema", "unknown-role", _INVALID, "columns has no role {role}", "the roles {roles}",
           "{hint}"),
    _error("schema", "missing-columns", _INVALID,
           "the file has the columns {columns}, but not {missing}", "{needed}", "{hint}"),
    _error("schema", "same-column", _INVALID, "the column {column} is given two roles",
           "a column for each role", "name another column for one of them"),
    _error("schema", "two-shapes", _INVALID, "columns names the roles {roles}",
           "text, or messages, or prompt and answer: the roles of one kind of row",
           "leave out the others"),
    _error("schema", "surplus-features", _INVALID,
           "the file has features the task does not know: {columns}",
           "exactly {n_features} features, {first} to {last}",
           "check that the file is meant for this task"),
)  # fmt: skip

_SCHEMA_FINDINGS: Final = (
    Reason("columns-guessed", "schema", "note", "{roles}",
           'if that is wrong, name the columns: columns={{"{role}": "…"}}'),
    Reason("empty-row", "schema", "dropped", "{n} rows without text", "nothing: they are left out"),
    Reason("missing-value", "schema", "dropped", "{n} rows without a value{examples}",
           "fill in or remove these rows"),
    Reason("not-text", "schema", "dropped", "{n} rows with something other than text{examples}",
           "write the values as texts"),
    Reason("bad-conversation", "schema", "dropped",
           "{n} rows whose messages are no conversation{examples}",
           "user and assistant in turns, the assistant last, with at most a system message first"),
    Reason("not-unicode", "schema", "dropped",
           "{n} rows with half a character (a lone surrogate)",
           "export the texts again: some characters were cut in two"),
    Reason("control-characters", "schema", "dropped", "{n} rows with control characters{examples}",
           "remove them; line breaks and tabs may stay"),
    Reason("invisible-characters", "schema", "note",
           "{n} rows with invisible or direction-changing characters, kept",
           "remove them if they are not meant"),
    Reason("not-a-number", "schema", "dropped",
           "{n} rows with features that are no numbers{examples}",
           'write numbers with a decimal point, such as "12.5"'),
    Reason("not-finite", "schema", "dropped", "{n} rows with NaN or infinite features{examples}",
           "fill in or remove these rows"),
    Reason("wrong-feature-count", "schema", "dropped",
           "{n} rows with another number of features{examples}", "give every row all features"),
    Reason("unknown-label", "schema", "dropped",
           "{n} rows with a label the task does not know{examples}",
           "use the task's labels: {classes}"),
)  # fmt: skip

_MASK = (
    "have them masked or left out, which makes a new draft: .mask() or .mask(drop=True), in a "
    "terminal workbench contribution mask"
)
# Held rows wait for their owner: nothing is submitted before they are masked or dropped.
_HELD_FINDINGS: Final = (
    Reason("private-key", "secrets", "held", "{n} rows with private keys{examples}", _MASK),
    Reason("password-in-address", "secrets", "held",
           "{n} rows with a password in an address{examples}", _MASK),
    Reason("access-token", "secrets", "held", "{n} rows with access tokens{examples}", _MASK),
    Reason("e-mail-address", "personal-data", "held", "{n} rows with e-mail addresses{examples}",
           _MASK),
    Reason("bank-account", "personal-data", "held", "{n} rows with bank accounts{examples}", _MASK),
    Reason("payment-card", "personal-data", "held", "{n} rows with payment cards{examples}", _MASK),
    Reason("ip-address", "personal-data", "held", "{n} rows with public IP addresses{examples}",
           _MASK),
    Reason("phone-number", "personal-data", "held", "{n} rows with telephone numbers{examples}",
           _MASK),
)  # fmt: skip

_GATE_FINDINGS: Final = (
    Reason("license-normalised", "license", "note", "the licence was read as {license}",
           "nothing, if that is what was meant"),
    Reason("license-unreadable", "license", "refused", "{why}", "{hint}"),
    Reason("license-not-allowed", "license", "refused", "{why}; it takes {allowed}", "{hint}"),
    Reason("row-too-long", "size", "dropped", "{n} rows longer than {limit} characters",
           "split these rows into shorter ones"),
    Reason("duplicate-in-file", "duplicates-in-file", "dropped",
           "{n} rows repeating an earlier row of this file; the first stays",
           "nothing: a row counts once"),
    Reason("duplicate-in-task", "duplicates-in-task", "dropped",
           "{n} rows contributed to this task before by {owner}",
           "nothing: a row belongs to whoever brought it first"),
    Reason("earlier-commitment", "duplicates-in-task", "dropped",
           "{n} rows belong to {owner}, who committed to them earlier",
           "nothing: a row belongs to whoever committed to it first"),
    # Naming these rows would tell a contributor what the test asks.
    Reason("in-hidden-test", "hidden-test", "dropped",
           "{n} rows found in the task's hidden test; which ones is not said",
           "nothing: they are left out", names_rows=False),
    Reason("near-duplicate-in-file", "near-duplicates", "dropped",
           "{n} rows almost the same as an earlier row of this file; the first stays",
           "nothing: a row counts once"),
    Reason("near-duplicate-in-task", "near-duplicates", "dropped",
           "{n} rows almost the same as rows contributed to this task before by {owner}",
           "nothing: a row belongs to whoever brought it first"),
    Reason("near-hidden-test", "near-duplicates", "dropped",
           "{n} rows almost the same as rows of the task's hidden test; which ones is not said",
           "nothing: they are left out", names_rows=False),
    Reason("hidden-test-leak", "verdict", "quarantined",
           "{n} of {n_checked} new rows found in the task's hidden test, or almost, more than "
           "{percent} %",
           "contribute text of your own sources, or ask the task's sponsor for a review",
           names_rows=False),
    Reason("review-accepted", "verdict", "note", "{reviewer} accepted it after review: {reason}",
           "nothing: its rows count"),
    Reason("review-refused", "verdict", "refused", "{reviewer} refused it after review: {reason}",
           "mend what the reviewer names and contribute it again"),
    Reason("no-rows-left", "verdict", "refused", "none of the {n_submitted} rows is left",
           "see the findings above, mend the file and contribute it again"),
)  # fmt: skip

REASONS: Final = {
    reason.code: reason
    for group in (
        _FORMAT_ERRORS,
        _ENCODING_ERRORS,
        _TABLE_ERRORS,
        _COLUMN_ERRORS,
        _SCHEMA_FINDINGS,
        _HELD_FINDINGS,
        _GATE_FINDINGS,
    )
    for reason in group
}


class Found(Finding):
    """A finding that knows all its rows, where a finding that travels lists the first."""

    every: list[int] = Field(default_factory=list, exclude=True, repr=False)


def refusal(code: str, **values: Any) -> WorkbenchError:
    """Return the error of this code, its texts and facts filled with the values."""
    reason = REASONS[code]
    if reason.error is None:
        raise KeyError(code)
    return reason.error(
        reason.message.format_map(values),
        wanted=reason.wanted.format_map(values),
        next_step=reason.remedy.format_map(values),
        **{"reason": code, "gate": reason.gate} | values,
    )


def finding(code: str, rows: Iterable[int] = (), *, n_rows: int = 0, **values: Any) -> Found:
    """Return the finding of this code.

    Parameters
    ----------
    code
        A line of the table without an error.
    rows
        Row numbers as people count them in the file, ascending; the first 100 are listed.
    n_rows
        How many rows it concerns, listed or not; available to the texts as ``{n}``.
    **values
        What else the texts are filled with.
    """
    reason = REASONS[code]
    filled = {"n": n_rows} | values
    message = reason.message.format_map(filled)
    every = sorted(rows) if reason.names_rows else []
    return Found(
        gate=reason.gate,
        code=code,
        outcome=reason.outcome,
        rows=every[:MAX_LISTED_ROWS],
        every=every,
        n_rows=n_rows,
        message=message.replace("1 rows ", "1 row ", 1) if n_rows == 1 else message,
        remedy=reason.remedy.format_map(filled),
    )


def shown(text: object, limit: int = 60) -> str:
    """Return contributed text in quotes, shortened, with everything unprintable escaped."""
    quoted = repr(str(text)[:limit])
    return quoted if len(str(text)) <= limit else f"{quoted}…"


def shown_list(texts: Sequence[object], limit: int = 20) -> str:
    """Return contributed texts in quotes, comma-separated, the first ``limit`` of them."""
    listed = ", ".join(shown(text) for text in texts[:limit])
    return listed if len(texts) <= limit else f"{listed} and {len(texts) - limit} more"
