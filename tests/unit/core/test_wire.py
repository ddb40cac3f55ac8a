"""Messages: what is misspelt or too long is refused at the door."""

from typing import Any

import pytest
from pydantic import ValidationError

from workbench.core.wire import CompareRequest, DraftRequest, SqlRequest, TrainRequest, ValueRequest


def test_a_misspelt_option_is_refused_and_named() -> None:
    with pytest.raises(ValidationError, match="onwers"):
        TrainRequest.model_validate({"onwers": ["puebla"]})


@pytest.mark.parametrize("digest", ["", "ab", "AB" * 32, "../" * 21 + "x", "ab" * 32 + "\n"])
def test_a_file_is_named_by_its_digest_and_nothing_else(digest: str) -> None:
    with pytest.raises(ValidationError, match="file_sha256"):
        DraftRequest(file_sha256=digest, file_name="rows.csv", license="MIT", owner="ana")


def test_parameters_of_a_query_keep_their_types() -> None:
    parameters = ["1", 1, 1.0, True, None]
    request = SqlRequest.model_validate_json(
        SqlRequest(statement="select 1", parameters=parameters).model_dump_json()
    )
    assert [type(p) for p in request.parameters] == [str, int, float, bool, type(None)]


@pytest.mark.parametrize("statement", ["", "x" * 20_001])
def test_a_statement_has_a_length(statement: str) -> None:
    with pytest.raises(ValidationError, match="statement"):
        SqlRequest(statement=statement)


@pytest.mark.parametrize("models", [[], ["base"] * 33])
def test_one_to_thirty_two_models_are_compared(models: list[str]) -> None:
    with pytest.raises(ValidationError, match="models"):
        CompareRequest(models=models)


@pytest.mark.parametrize(
    "wrong", [{"seed": -1}, {"executor": "cloud"}, {"n_replicates": 0}, {"max_share_move": 1.5}]
)
def test_a_study_out_of_bounds_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        ValueRequest.model_validate(wrong)


def test_a_message_cannot_be_changed_after_it_was_checked() -> None:
    request = ValueRequest()
    with pytest.raises(ValidationError, match="frozen"):
        request.seed = 7  # type: ignore[misc]
