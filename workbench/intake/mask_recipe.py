"""The masking job: a contributed file again, without what nobody may pass on."""

import json
from dataclasses import replace
from typing import Any, Final

from workbench.core.canonical import canonical_bytes
from workbench.core.errors import InvalidInputError
from workbench.core.jobs import JobContext
from workbench.intake.limits import Limits
from workbench.intake.recipe import ROWS_FILE, read_file
from workbench.intake.rows import Row
from workbench.intake.sensitive import is_sensitive, mask
from workbench.intake.space import needs_space
from workbench.intake.texts import texts_of_line, with_texts

_TICK_ROWS: Final = 1_000


def run(context: JobContext) -> dict[str, Any]:
    """Write the rows of a file in canonical form, masked, or without those to mask.

    Parameters
    ----------
    context
        Input: ``file``. Parameters: ``file_name``, ``kind``, ``columns``, ``features`` or
        ``n_features``, ``classes``, ``limits``; ``drop``, whether rows are left out instead.

    Returns
    -------
    dict
        ``n_changed`` rows that were masked or left out. The output holds ``rows.jsonl``.

    Raises
    ------
    InvalidInputError
        There is nothing to mask, no row would be left, or the file cannot be read.
    """
    limits = Limits.from_json(context.spec.parameters.get("limits") or {})
    drops = bool(context.spec.parameters.get("drop"))
    rows: list[Row] = []
    n_changed = 0
    for place, row in enumerate(read_file(context, limits).rows):
        if place % _TICK_ROWS == 0:
            context.check_cancelled()
        is_held = any(map(is_sensitive, texts_of_line(row.line)))
        n_changed += is_held
        if is_held and not drops:
            masked = canonical_bytes(with_texts(json.loads(row.line), mask))
            rows.append(replace(row, line=masked))
        elif not is_held:
            rows.append(row)
    if not n_changed:
        raise InvalidInputError(
            "no row holds personal data or secrets",
            wanted="a draft with findings of the outcome held",
            next_step="submit it as it is",
        )
    if not rows:
        raise InvalidInputError(
            "every row holds personal data or secrets",
            wanted="rows that are left when these are dropped",
            next_step="mask them instead",
        )
    with needs_space("store the rows"), (context.output / ROWS_FILE).open("xb") as lines:
        lines.writelines(row.line + b"\n" for row in rows)
    return {"n_changed": n_changed}
