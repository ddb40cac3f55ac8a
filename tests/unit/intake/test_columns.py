"""Columns: named, guessed with a note, or refused with what there is."""

import pytest

from workbench.core.errors import InvalidInputError
from workbench.intake.columns import choose_columns
from workbench.intake.schema import Columns, Schema

TEXT = Schema("causal-lm")
TABLE = Schema("tabular-classification", ("f0", "f1"), ("a", "b"))


def choose(schema: Schema, *columns: str, numbers: str = "", **named: str) -> Columns:
    found = dict.fromkeys(columns, True) | dict.fromkeys(numbers.split(), False)
    return choose_columns(schema, found, named)


@pytest.mark.parametrize(
    ("columns", "by_role"),
    [
        (("text",), {"text": "text"}),
        (("id", "text", "source"), {"text": "text", "source": "source"}),
        (("Sentence", "other"), {"text": "Sentence"}),
        (("content", "Document"), {"text": "content", "source": "Document"}),
        (("only",), {"text": "only"}),
        (("only", "doc"), {"text": "only", "source": "doc"}),
        (("Text", "text"), {"text": "text"}),
    ],
)
def test_the_text_column_is_found(columns: tuple[str, ...], by_role: dict[str, str]) -> None:
    assert choose(TEXT, *columns).by_role == by_role


def test_numbers_are_not_taken_for_text() -> None:
    assert choose(TEXT, "frase", numbers="id year").by_role == {"text": "frase"}


def test_a_guess_is_noted_and_a_name_is_not() -> None:
    (note,) = choose(TEXT, "frase").findings
    assert (note.code, note.outcome) == ("columns-guessed", "note")
    assert "'frase'" in note.message
    assert not choose(TEXT, "text", "source").findings
    assert not choose(TEXT, "a", "b", text="a").findings


def test_named_columns_override_the_guess() -> None:
    chosen = choose(TEXT, "text", "frase", "libro", text="frase", source="libro")
    assert chosen.by_role == {"text": "frase", "source": "libro"}


@pytest.mark.parametrize(
    ("columns", "named", "said"),
    [
        (("a", "b"), {}, "columns 'a', 'b', but not 'text'"),
        (("frase", "x"), {"text": "frases"}, "did you mean 'frase'?"),
        (("a",), {"txt": "a"}, "did you mean 'text'?"),
        (("a", "b"), {"text": "a", "source": "a"}, "given two roles"),
        (("\x1b[2J", "b"), {}, "'\\x1b[2J'"),
    ],
)
def test_what_cannot_be_chosen_names_what_there_is(
    columns: tuple[str, ...], named: dict[str, str], said: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        choose(TEXT, *columns, **named)
    assert said in str(caught.value)
    assert caught.value.wanted
    assert caught.value.next_step


def test_features_and_label_are_found_in_any_order() -> None:
    chosen = choose(TABLE, "f1", "class", "f0", "name")
    assert chosen.by_role == {"label": "class", "f0": "f0", "f1": "f1"}


def test_a_feature_may_be_read_from_a_named_column() -> None:
    chosen = choose(TABLE, "radius", "f1", "label", f0="radius")
    assert chosen.by_role["f0"] == "radius"


def test_all_features_may_be_one_list() -> None:
    assert choose(TABLE, "features", "label").by_role == {"label": "label", "features": "features"}


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (("f0", "label"), "'f1'"),
        (("f0", "f1"), "'label'"),
        (("f0", "f1", "f2", "label"), "does not know: 'f2'"),
        (("label",), "'f0', 'f1'"),
    ],
)
def test_missing_and_surplus_features_are_refused(columns: tuple[str, ...], said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        choose(TABLE, *columns)


def test_features_with_names_ignore_other_columns() -> None:
    named = Schema("tabular-classification", ("radius",), ())
    assert choose(named, "radius", "f7", "label").by_role == {"label": "label", "radius": "radius"}


def test_a_label_stands_beside_a_text() -> None:
    labelled = Schema("text-classification", (), ("a", "b"))
    assert choose(labelled, "class", "sentence", "doc").by_role == {
        "label": "class",
        "source": "doc",
        "text": "sentence",
    }
    with pytest.raises(InvalidInputError, match="'label'"):
        choose(labelled, "text", "source")


@pytest.mark.parametrize("parameters", [{"kind": "poetry"}, {}, {"kind": "tabular-classification"}])
def test_a_task_must_say_what_its_rows_are(parameters: dict[str, str]) -> None:
    with pytest.raises(InvalidInputError):
        Schema.from_parameters(parameters)


def test_features_are_names_or_how_many() -> None:
    kind = {"kind": "tabular-classification"}
    assert Schema.from_parameters(kind | {"features": 2}).features == ("f0", "f1")
    assert Schema.from_parameters(kind | {"n_features": 2}).features == ("f0", "f1")
    assert Schema.from_parameters(kind | {"features": ["a", "b"]}).features == ("a", "b")
