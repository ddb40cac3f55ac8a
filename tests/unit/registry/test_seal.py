"""The document of a run, its digests, and what a comparison names."""

import json
import math
from typing import Any

from workbench.core.canonical import canonical_bytes
from workbench.registry.seal import (
    PARTS,
    Metric,
    MetricPoint,
    contradictions,
    differences,
    make_document,
    part_digests,
)


def document(**changes: Any) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "parameters": {"steps": "12"},
        "metrics": {
            "loss": Metric(
                1.25,
                [MetricPoint(2, 1.5, 1000), MetricPoint(0, 2.5, 1000), MetricPoint(3, 1.25, 1001)],
            )
        },
        "tags": {"workbench.run": "r", "mlflow.user": "puebla"},
        "inputs": {"puebla@ab12 workbench.sha256": "ab12cd"},
        "artifacts": {"model/adapter.safetensors": "ef" * 32},
    }
    made = make_document("r", "m", **(parts | changes))
    # As it comes out of a file: what is compared has always been written.
    return dict(json.loads(canonical_bytes(made)))


def said(**changes: Any) -> list[str]:
    return [str(difference) for difference in differences(document(), document(**changes))]


def loss(*points: tuple[int, float, int], shown: float = 1.25) -> dict[str, Metric]:
    return {"loss": Metric(shown, [MetricPoint(*point) for point in points])}


def test_the_same_run_has_the_same_document_however_its_points_arrive() -> None:
    again = document(metrics=loss((0, 2.5, 1000), (3, 1.25, 1001), (2, 1.5, 1000)))

    assert canonical_bytes(again) == canonical_bytes(document())
    assert part_digests(again) == part_digests(document())
    assert differences(document(), again) == []


def test_an_edit_moves_the_digest_of_its_part_and_of_no_other() -> None:
    before = part_digests(document())
    now = part_digests(document(tags={"workbench.run": "r", "mlflow.user": "mallory"}))

    assert tuple(before) == PARTS
    assert [part for part in PARTS if before[part] != now[part]] == ["tags"]


def test_a_metric_is_named_with_its_step_and_both_numbers() -> None:
    points = [(0, 2.5, 1000), (2, 1.5, 1000), (3, 0.9, 1001)]

    assert said(metrics=loss(*points)) == ["metric loss at step 3: 1.25 sealed, 0.9 found"]


def test_the_number_on_the_page_is_sealed_beside_its_history() -> None:
    points = [(0, 2.5, 1000), (2, 1.5, 1000), (3, 1.25, 1001)]

    assert said(metrics=loss(*points, shown=0.9)) == [
        "metric loss as shown: 1.25 sealed, 0.9 found"
    ]


def test_points_that_were_added_removed_or_moved_in_time_are_named() -> None:
    points = [(0, 2.5, 1000), (2, 1.5, 2000), (3, 1.25, 1001), (3, 0.9, 5000), (10, 0.5, 1)]

    assert said(metrics=loss(*points)) == [
        "metric loss at step 2: 1.5 at 1000 ms sealed, 1.5 at 2000 ms found",
        "metric loss at step 3: 1.25 sealed, 0.9, 1.25 found",
        "metric loss at step 10: nothing sealed, 0.5 found",
    ]
    assert said(metrics=loss((2, 1.5, 1000), (3, 1.25, 1001))) == [
        "metric loss at step 0: 2.5 sealed, nothing found"
    ]


def test_whole_metrics_come_and_go() -> None:
    assert said(metrics={}) == ["metric loss: 1.25 sealed, nothing found"]
    more = loss((0, 2.5, 1000), (2, 1.5, 1000), (3, 1.25, 1001)) | {"f1": Metric(1.0, [])}
    assert said(metrics=more) == ["metric f1: nothing sealed, 1 found"]


def test_numbers_that_json_does_not_know_are_named_too() -> None:
    points = [(0, 2.5, 1000), (2, math.nan, 1000), (3, math.inf, 1001), (2**60, 1.0, 1)]

    assert said(metrics=loss(*points)) == [
        "metric loss at step 2: 1.5 sealed, nan found",
        "metric loss at step 3: 1.25 sealed, inf found",
        "metric loss at step 1152921504606846976: nothing sealed, 1 found",
    ]
    assert differences(document(metrics=loss(*points)), document(metrics=loss(*points))) == []


def test_texts_are_named_by_part_and_key() -> None:
    assert said(parameters={"steps": "13", "extra": ""}) == [
        "parameter extra: nothing sealed, '' found",
        "parameter steps: '12' sealed, '13' found",
    ]
    assert said(tags={"workbench.run": "r"}) == ["tag mlflow.user: 'puebla' sealed, nothing found"]
    assert said(inputs={"puebla@ab12 workbench.sha256": "0"}) == [
        "input puebla@ab12 workbench.sha256: 'ab12cd' sealed, '0' found"
    ]
    [swapped] = differences(document(), document(artifacts={"model/adapter.safetensors": "0"}))
    assert (swapped.part, swapped.key) == ("artifacts", "model/adapter.safetensors")


def test_a_note_somebody_keeps_beside_a_run_is_not_sealed() -> None:
    noted = {"workbench.run": "r", "mlflow.user": "puebla", "mlflow.note.content": "good", "x": "y"}

    assert said(tags=noted) == []


def test_what_is_long_is_cut_in_words_and_kept_whole_beside() -> None:
    [difference] = differences(document(), document(parameters={"steps": "x" * 6000}))

    assert len(str(difference)) < 150
    assert difference.found == repr("x" * 6000)


def test_a_run_that_shows_all_that_was_sent_and_more_contradicts_nothing() -> None:
    found = document(parameters={"steps": "12", "long": "x" * 6000, "more": "1"})
    sent = {"steps": "12", "long": "x" * 7000}
    digests = {"adapter.safetensors": "ef" * 32}

    assert (
        contradictions(
            found, parameters=sent, metrics={"loss": 1.25}, histories={}, artifacts=digests
        )
        == []
    )


def test_a_run_made_by_somebody_else_contradicts_what_was_sent() -> None:
    wrong = contradictions(
        document(parameters={"steps": "1"}),
        parameters={"steps": "12", "seed": "7"},
        metrics={"loss": 0.5, "f1": 1.0},
        histories={},
        artifacts={"adapter.safetensors": "aa" * 32},
    )

    assert [difference.describe("logged") for difference in wrong] == [
        "parameter seed: '7' logged, nothing found",
        "parameter steps: '12' logged, '1' found",
        "metric f1: 1.0 logged, nothing found",
        "metric loss as shown: 0.5 logged, 1.25 found",
        f"artifact adapter.safetensors: '{'aa' * 32}' logged, nothing found",
    ]


def test_a_history_that_lacks_a_point_or_has_one_more_contradicts_what_was_sent() -> None:
    sent = [(1, 2.5), (2, 2.0)]
    points = [MetricPoint(step, value, 7 + step) for step, value in sent]

    def wrong(*found: MetricPoint, shown: float = 2.0) -> list[str]:
        metrics = {"training_loss": Metric(shown, found)} if found else {}
        contradicted = contradictions(
            document(metrics=metrics),
            parameters={},
            metrics={},
            histories={"training_loss": sent, "never_told": []},
            artifacts={},
        )
        return [difference.describe("logged") for difference in contradicted]

    assert wrong(*points) == []
    assert wrong(*points, shown=0.1) == ["metric training_loss as shown: 2.0 logged, 0.1 found"]
    assert wrong(*points, MetricPoint(3, 0.5, 9)) == [
        "metric training_loss at step 3: nothing logged, 0.5 found"
    ]
    assert wrong(points[1]) == ["metric training_loss at step 1: 2.5 logged, nothing found"]
    assert wrong() == ["metric training_loss: 2.0 logged, nothing found"]
