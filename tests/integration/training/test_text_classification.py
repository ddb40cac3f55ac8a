"""Classifiers of texts: trained, valued and compared, by n-grams, embeddings or an encoder."""

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from peft import PeftModel
from safetensors.numpy import load_file, save_file
from safetensors.torch import load_file as load_tensors
from transformers import (
    BertForMaskedLM,
    DistilBertConfig,
    DistilBertModel,
    PreTrainedModel,
    RobertaConfig,
    RobertaModel,
    XLMRobertaConfig,
    XLMRobertaModel,
)

from tests.integration.training.conftest import Jobs
from workbench.core.errors import (
    InvalidInputError,
    JobCancelledError,
    TrainingDivergedError,
    UnsupportedFormatError,
)
from workbench.training import (
    base_model,
    text_classification,
    text_classification_compare,
    text_classification_utility,
)
from workbench.training.encoder import load_encoder
from workbench.training.encoder_model import ENCODERS, read_encoder
from workbench.training.tiny_bert import letter_tokenizer, tiny_bert
from workbench.training.tiny_gpt2 import keep_tiny

WORDS = {
    "nahuatl": ["atl", "tepetl", "siwatl", "tlakatl", "nochi", "kalli"],
    "spanish": ["agua", "cerro", "mujer", "hombre", "todo", "casa"],
    "otomi": ["dehe", "bexu", "nxumfo", "nyoho", "gatho", "ngu"],
}
CLASSES = sorted(WORDS)
RECIPE: dict[str, Any] = {"classes": CLASSES, "n_features": 64, "max_tokens": 32}
ENCODER = {"features": "encoder", "steps": 12, "batch_rows": 8, "rank": 2}
WAYS: dict[str, dict[str, Any]] = {
    "ngrams": {"features": "ngrams"},
    "ridge": {"features": "ngrams", "head": "ridge"},
    "embeddings": {"features": "embeddings"},
    "encoder": ENCODER,
}
PLAYERS = [
    {"position": place, "owner": owner, "rows": [f"rows:{owner}:0"]}
    for place, owner in enumerate(("ana", "ben", "eva"))
]


def texts(seed: int, n_rows: int, *, shifted: bool = False) -> list[dict[str, Any]]:
    """Rows of three languages; with shifted labels each has the next one's."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(n_rows):
        place = int(rng.integers(3))
        words = [str(rng.choice(WORDS[CLASSES[place]])) for _ in range(rng.integers(2, 5))]
        rows.append({"text": " ".join(words), "label": CLASSES[(place + shifted) % 3]})
    return rows


@pytest.fixture(scope="session")
def bert(models_dir: Path) -> str:
    """The digest of a tiny BERT of two blocks."""
    return tiny_bert(models_dir)


@pytest.fixture
def jobs(tmp_path: Path, models_dir: Path, bert: str) -> Jobs:
    """Jobs whose base is a tiny encoder."""
    return Jobs(tmp_path, models_dir, bert, tmp_path / "cache")


@pytest.fixture
def new_jobs(tmp_path: Path, models_dir: Path, bert: str) -> Callable[[str], Jobs]:
    """Jobs that share nothing but the base model, as in workers of their own."""

    def make(name: str) -> Jobs:
        folder = tmp_path / name
        folder.mkdir()
        return Jobs(folder, models_dir, bert, folder / "cache")

    return make


def inputs(jobs: Jobs) -> dict[str, Path]:
    return {
        "rows:ana:0": jobs.rows(texts(1, 30)),
        "rows:ben:0": jobs.rows(texts(2, 24)),
        "rows:eva:0": jobs.rows(texts(3, 24, shifted=True)),
        "test": jobs.rows(texts(9, 48)),
    }


def honest(jobs: Jobs) -> dict[str, Path]:
    return {name: path for name, path in inputs(jobs).items() if name != "rows:eva:0"}


def trained(jobs: Jobs, way: str, **changes: Any) -> tuple[dict[str, Any], Path]:
    context = jobs.context(RECIPE | WAYS[way] | changes, honest(jobs), seed=5)
    return text_classification.run(context), context.output


def evaluated(jobs: Jobs, coalitions: list[int], way: str, **changes: Any) -> dict[int, Any]:
    given = {"players": PLAYERS, "coalitions": list(map(str, coalitions))}
    context = jobs.context(RECIPE | WAYS[way] | given | changes, inputs(jobs), seed=5)
    result = text_classification_utility.run(context)
    return {int(found["coalition"]): found for found in result["evaluations"]}


class TestTraining:
    """One model on all rows."""

    @pytest.mark.parametrize("way", WAYS)
    def test_it_beats_the_uniform_prediction(self, jobs: Jobs, way: str) -> None:
        result, output = trained(jobs, way)
        metrics = result["metrics"]
        assert metrics["base_loss"] == pytest.approx(np.log(3))
        assert metrics["base_accuracy"] == pytest.approx(1 / 3)
        assert metrics["loss"] < metrics["base_loss"]
        assert metrics["accuracy"] > 0.6
        assert metrics["macro_f1"] > 0.6
        assert (result["n_rows"], result["n_test_rows"]) == (54, 48)
        assert [step for step, _ in result["curve"]] == (
            list(range(1, 13)) if way == "encoder" else []
        )
        assert {path.suffix for path in output.iterdir()} <= {".safetensors", ".json"}

    @pytest.mark.parametrize("way", WAYS)
    def test_an_equal_job_gives_an_equal_model(
        self, new_jobs: Callable[[str], Jobs], way: str
    ) -> None:
        one, other = (trained(new_jobs(name), way)[0] for name in ("one", "other"))
        assert one["model_digest"] == other["model_digest"]
        assert one["metrics"] == other["metrics"]

    def test_the_seed_decides_an_encoder(self, jobs: Jobs) -> None:
        parameters = RECIPE | ENCODER
        digests = {
            text_classification.run(jobs.context(parameters, honest(jobs), seed=seed))[
                "model_digest"
            ]
            for seed in (1, 2)
        }
        assert len(digests) == 2

    def test_a_tuned_encoder_differs_from_the_frozen_one_by_more_than_its_head(
        self, jobs: Jobs
    ) -> None:
        _, output = trained(jobs, "encoder")
        adapter = load_tensors(output / "adapter_model.safetensors")
        assert all(weight.abs().max() > 0 for weight in adapter.values())
        blocks = {name.split(".layer.")[1][0] for name in adapter}
        assert blocks == {"0", "1"}

    @pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing.:FutureWarning")
    def test_peft_reads_the_adapter_and_it_computes_the_same(self, jobs: Jobs) -> None:
        _, output = trained(jobs, "encoder")
        context = jobs.context(RECIPE, honest(jobs))
        tuned = load_encoder(context, 32, 2)
        rows = tuned.tokens(["atl tepetl", "agua"], 32)
        plain = read_encoder(context.inputs["base"])
        again = PeftModel.from_pretrained(plain, output).eval()
        with torch.inference_mode():
            expected = [again(torch.tensor([row])).last_hidden_state.mean(dim=1)[0] for row in rows]
        expected = [(vector / vector.norm()).numpy() for vector in expected]
        assert tuned.embed(rows) == pytest.approx(np.array(expected), abs=1e-6)

    def test_steps_are_told_as_they_are_done(self, jobs: Jobs) -> None:
        trained(jobs, "encoder")
        told = [event for event in jobs.events if event["type"] == "metric"]
        assert [event["step"] for event in told] == list(range(1, 13))
        last = [event for event in jobs.events if event["type"] == "progress"][-1]
        assert (last["done"], last["total"]) == (12, 12)

    def test_a_cancelled_tuning_stops_at_its_next_step(self, jobs: Jobs) -> None:
        context = jobs.context(RECIPE | ENCODER | {"steps": 100_000}, honest(jobs))
        emit = context.emit

        def cancel_at_three(event: dict[str, Any]) -> None:
            jobs.cancelled = event.get("step") == 3 or jobs.cancelled
            emit(event)

        object.__setattr__(context, "emit", cancel_at_three)
        with pytest.raises(JobCancelledError):
            text_classification.run(context)
        assert [event["step"] for event in jobs.events if event["type"] == "metric"] == [1, 2, 3]

    def test_a_diverging_loss_is_refused(self, jobs: Jobs) -> None:
        with pytest.raises(TrainingDivergedError, match="lower the learning rate"):
            trained(jobs, "encoder", learning_rate=1e38)


def test_ngrams_wait_for_no_torch() -> None:
    recipes = [
        f"workbench.training.{module.__name__.rpartition('.')[2]}"
        for module in (
            text_classification,
            text_classification_utility,
            text_classification_compare,
        )
    ]
    code = f"import sys, {', '.join(recipes)}; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


class TestEmbeddings:
    """The frozen encoder's vectors are computed once and kept by content."""

    def test_kept_ones_are_those_that_were_computed(
        self, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first, _ = trained(jobs, "embeddings")
        monkeypatch.delattr("workbench.training.encoder.Encoder.pooled")
        again, _ = trained(jobs, "embeddings")
        assert again["model_digest"] == first["model_digest"]

    def test_an_encoder_with_lora_keeps_the_very_bits_of_one_without(
        self, new_jobs: Callable[[str], Jobs]
    ) -> None:
        kept = []
        for way in ("embeddings", "encoder"):
            jobs = new_jobs(way)
            trained(jobs, way)
            folder = jobs.cache / "embeddings"
            kept.append({path.name: path.read_bytes() for path in folder.rglob("*.safetensors")})
        assert len(kept[0]) == 3
        assert kept[0] == kept[1]

    def test_they_have_length_one_and_do_not_depend_on_longer_neighbours(self, jobs: Jobs) -> None:
        encoder = load_encoder(jobs.context(RECIPE, honest(jobs)), 32)
        rows = encoder.tokens(["atl", "tepetl siwatl nochi", "kal"], 32)
        together = encoder.embed(rows)
        assert np.linalg.norm(together, axis=1) == pytest.approx(1)
        assert np.array_equal(together[1], encoder.embed(rows[1:2])[0])

    def test_padding_changes_nothing(self, jobs: Jobs) -> None:
        encoder = load_encoder(jobs.context(RECIPE, honest(jobs)), 32)
        rows = encoder.tokens(["atl", "tepetl siwatl nochi"], 32)
        with torch.inference_mode():
            padded = encoder.pooled(rows).numpy()
        assert padded == pytest.approx(encoder.embed(rows), abs=1e-6)

    @pytest.mark.parametrize(
        ("config", "kind"),
        [
            (DistilBertConfig(dim=16, n_layers=2, n_heads=2, hidden_dim=32), DistilBertModel),
            (RobertaConfig(hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
                           intermediate_size=32, max_position_embeddings=66), RobertaModel),
            (XLMRobertaConfig(hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
                              intermediate_size=32, max_position_embeddings=66), XLMRobertaModel),
        ],
    )  # fmt: skip
    def test_every_encoder_of_the_list_is_tuned(
        self, jobs: Jobs, config: Any, kind: type[PreTrainedModel]
    ) -> None:
        assert kind in ENCODERS.values()
        tokenizer = letter_tokenizer()
        config.vocab_size = len(tokenizer)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            model = kind(config)
        digest = keep_tiny(jobs.models_dir, kind.__name__, model, tokenizer)
        parameters = RECIPE | ENCODER
        context = jobs.context(parameters, honest(jobs), base=digest)
        metrics = text_classification.run(context)["metrics"]
        assert metrics["loss"] < metrics["base_loss"]

    def test_more_tokens_than_the_encoder_sees_are_refused(self, jobs: Jobs) -> None:
        with pytest.raises(InvalidInputError, match="sees 64 tokens"):
            trained(jobs, "embeddings", max_tokens=65)

    def test_a_longer_text_is_cut(self, jobs: Jobs) -> None:
        encoder = load_encoder(jobs.context(RECIPE, honest(jobs)), 32)
        assert [len(row) for row in encoder.tokens(["atl " * 50, "atl"], 16)] == [16, 5]


class TestImport:
    """An encoder comes in as any base model does."""

    def imported(self, jobs: Jobs, folder: Path) -> dict[str, Any]:
        """Import the zip of a model's folder, the files of an import's own left out."""
        archive = jobs.folder / "model.zip"
        with zipfile.ZipFile(archive, "w") as zipped:
            for path in sorted(folder.iterdir()):
                if path.name != "workbench.json":
                    zipped.write(path, path.name)
        models_dir = jobs.folder / "models"
        parameters = {"models_dir": str(models_dir), "name": "tiny"}
        result = base_model.run(jobs.context(parameters, {"file": archive}))
        return result | {"folder": models_dir / result["digest"]}

    def test_its_zip_becomes_a_base_model_that_is_trained(self, jobs: Jobs, bert: str) -> None:
        found = self.imported(jobs, jobs.models_dir / bert)
        card = json.loads((found["folder"] / "workbench.json").read_bytes())
        assert (card["architecture"], card["encodes"]) == ("BertModel", True)
        shutil.copytree(found["folder"], jobs.models_dir / found["digest"])
        expected = trained(jobs, "encoder")[0]["metrics"]
        context = jobs.context(RECIPE | ENCODER, honest(jobs), base=found["digest"], seed=5)
        assert text_classification.run(context)["metrics"] == expected

    def test_a_masked_language_model_is_taken_without_its_head(self, jobs: Jobs, bert: str) -> None:
        inner = read_encoder(jobs.models_dir / bert)
        model = BertForMaskedLM(inner.config)
        model.bert = inner
        folder = jobs.folder / "masked"
        model.save_pretrained(folder)
        letter_tokenizer().save_pretrained(folder)
        found = self.imported(jobs, folder)
        again = read_encoder(found["folder"])
        assert all(torch.equal(w, again.state_dict()[n]) for n, w in inner.state_dict().items())

    def test_a_bert_that_decodes_is_no_encoder(self, jobs: Jobs, bert: str) -> None:
        folder = jobs.folder / "decoder"
        shutil.copytree(jobs.models_dir / bert, folder)
        config = json.loads((folder / "config.json").read_bytes())
        (folder / "config.json").write_text(json.dumps(config | {"is_decoder": True}))
        with pytest.raises(UnsupportedFormatError, match="no text encoder"):
            read_encoder(folder)

    def test_weights_with_nan_leave_nothing(self, jobs: Jobs, bert: str) -> None:
        folder = jobs.folder / "poisoned"
        shutil.copytree(jobs.models_dir / bert, folder)
        weights = load_file(folder / "model.safetensors")
        weights["embeddings.LayerNorm.bias"][0] = np.nan
        save_file(weights, folder / "model.safetensors", {"format": "pt"})
        with pytest.raises(InvalidInputError, match="NaN"):
            self.imported(jobs, folder)
        assert list((jobs.folder / "models").iterdir()) == []


class TestUtility:
    """The same model on each coalition's rows."""

    @pytest.mark.parametrize("metric", ["log-likelihood", "accuracy"])
    @pytest.mark.parametrize("way", WAYS)
    def test_right_labels_are_worth_more_than_shifted_ones(
        self, jobs: Jobs, way: str, metric: str
    ) -> None:
        found = evaluated(jobs, [0, 1, 3, 4], way, metric=metric)
        empty = 1 / 3 if metric == "accuracy" else -np.log(3)
        assert found[0]["utility"] == pytest.approx(empty)
        assert found[3]["utility"] > found[0]["utility"] > found[4]["utility"]
        for one in found.values():
            assert np.mean(one["block_utilities"]) == pytest.approx(one["utility"])

    @pytest.mark.parametrize("way", ["ngrams", "ridge", "embeddings"])
    def test_the_coalition_of_the_rows_is_worth_what_their_model_loses(
        self, jobs: Jobs, way: str
    ) -> None:
        result, _ = trained(jobs, way)
        found = evaluated(jobs, [3], way)[3]
        assert found["utility"] == pytest.approx(-result["metrics"]["loss"], abs=1e-3)

    @pytest.mark.parametrize("way", ["embeddings", "encoder"])
    def test_neither_order_nor_batch_changes_a_bit(
        self, new_jobs: Callable[[str], Jobs], way: str
    ) -> None:
        together = evaluated(new_jobs("together"), list(range(8)), way)
        alone: dict[int, Any] = {}
        jobs = new_jobs("alone")
        for coalition in reversed(range(8)):
            alone |= evaluated(jobs, [coalition], way)
        assert alone == together

    def test_replicates_of_an_encoder_differ(self, jobs: Jobs) -> None:
        one, other = (evaluated(jobs, [3], "encoder", replicate=k)[3] for k in (0, 1))
        assert one["utility"] != other["utility"]

    def test_rows_of_one_class_have_a_utility(self, jobs: Jobs) -> None:
        rows = [row for row in texts(4, 30) if row["label"] == "otomi"]
        given = {"players": PLAYERS, "coalitions": ["4"]}
        for way in WAYS.values():
            changed = inputs(jobs) | {"rows:eva:0": jobs.rows(rows)}
            context = jobs.context(RECIPE | way | given, changed)
            [found] = text_classification_utility.run(context)["evaluations"]
            assert -np.log(3 / 0.01) < found["utility"] < -np.log(3)

    def test_a_diverging_coalition_is_named(self, jobs: Jobs) -> None:
        with pytest.raises(TrainingDivergedError) as caught:
            evaluated(jobs, [0, 5], "encoder", learning_rate=1e38)
        assert caught.value.facts["coalition"] == "5"


class TestCompare:
    """Models of any make on the same texts."""

    def compared(self, jobs: Jobs, ways: list[str], **changes: Path) -> dict[str, Any]:
        given = {"test": honest(jobs)["test"]}
        for position, way in enumerate(ways):
            if way != "base":
                _, output = trained(jobs, way)
                given |= {f"model:{position}:{path.name}": path for path in output.iterdir()}
        parameters = {"models": ways, "trained": RECIPE}
        return text_classification_compare.run(jobs.context(parameters, given | changes))

    def test_each_has_the_loss_that_its_training_told(self, jobs: Jobs) -> None:
        ways = ["base", *WAYS]
        result = self.compared(jobs, ways)
        assert [row["model"] for row in result["rows"]] == ways
        scores = {(line["model"], line["metric"]): line["score"] for line in result["scores"]}
        assert scores["base", "log-loss"] == pytest.approx(np.log(3))
        # Of equally likely classes the first is said.
        lines = honest(jobs)["test"].read_text().splitlines()
        labels = [json.loads(line)["label"] for line in lines]
        assert scores["base", "accuracy"] == labels.count(RECIPE["classes"][0]) / 48
        names = {"log-loss": "loss", "accuracy": "accuracy", "macro-f1": "macro_f1"}
        for row in result["rows"][1:]:
            metrics = trained(jobs, row["model"])[0]["metrics"]
            found = {told: scores[row["model"], name] for name, told in names.items()}
            assert found == pytest.approx({told: metrics[told] for told in found}, rel=1e-12)
            assert row["p"] < 0.05
        assert result["n_rows"] == 48
        assert {line["by"] for line in result["slices"]} >= {"class"}

    def test_a_head_of_another_adapter_is_refused(self, jobs: Jobs) -> None:
        context = jobs.context(RECIPE | ENCODER, honest(jobs), seed=77)
        text_classification.run(context)
        other = {"model:0:adapter_model.safetensors": context.output / "adapter_model.safetensors"}
        with pytest.raises(InvalidInputError, match="not of one training"):
            self.compared(jobs, ["encoder"], **other)

    def test_a_model_of_another_base_is_refused(self, jobs: Jobs) -> None:
        _, output = trained(jobs, "embeddings")
        other = tiny_bert(jobs.models_dir, seed=3)
        given = {
            "test": honest(jobs)["test"],
            "model:0:model.safetensors": output / "model.safetensors",
        }
        parameters = {"models": ["m"], "trained": RECIPE}
        context = jobs.context(parameters, given, base=other)
        with pytest.raises(InvalidInputError, match="trained on the base model"):
            text_classification_compare.run(context)

    @pytest.mark.parametrize(
        ("texts_header", "found"),
        [({"features": "magic"}, "features"), ({"features": "ngrams", "path": "/etc"}, "path")],
    )
    def test_a_header_that_names_something_else_is_refused(
        self, jobs: Jobs, tmp_path: Path, texts_header: dict[str, Any], found: str
    ) -> None:
        _, output = trained(jobs, "ngrams")
        header = {"estimator": "linear", "classes": CLASSES, "texts": texts_header}
        bad = tmp_path / "bad.safetensors"
        arrays = load_file(output / "model.safetensors")
        save_file(arrays, bad, {"workbench": json.dumps(header)})
        given = {"test": honest(jobs)["test"], "model:0:model.safetensors": bad}
        parameters = {"models": ["m"], "trained": RECIPE}
        with pytest.raises(InvalidInputError, match=found):
            text_classification_compare.run(jobs.context(parameters, given))

    def test_a_head_without_an_array_is_refused(self, jobs: Jobs, tmp_path: Path) -> None:
        _, output = trained(jobs, "ngrams")
        arrays = load_file(output / "model.safetensors")
        del arrays["scale"]
        header = {"estimator": "linear", "classes": CLASSES, "texts": {"features": "ngrams"}}
        bad = tmp_path / "bad.safetensors"
        save_file(arrays, bad, {"workbench": json.dumps(header)})
        given = {"test": honest(jobs)["test"], "model:0:model.safetensors": bad}
        parameters = {"models": ["m"], "trained": RECIPE}
        with pytest.raises(UnsupportedFormatError, match="no arrays of the form 'linear'"):
            text_classification_compare.run(jobs.context(parameters, given))


class TestBadInput:
    """What cannot be trained on is refused, and says why."""

    @pytest.mark.parametrize("way", WAYS)
    def test_one_class_only(self, jobs: Jobs, way: str) -> None:
        rows = jobs.rows([row for row in texts(1, 30) if row["label"] == "otomi"])
        given = {"rows:ana:0": rows, "test": honest(jobs)["test"]}
        with pytest.raises(InvalidInputError, match="rows are labelled 'otomi'") as caught:
            text_classification.run(jobs.context(RECIPE | WAYS[way], given))
        assert "two classes" in str(caught.value)

    @pytest.mark.parametrize("way", ["ngrams", "embeddings", "encoder"])
    @pytest.mark.parametrize(
        ("row", "found"),
        [
            ({"text": "atl", "label": "klingon"}, "labelled 'klingon'"),
            ({"text": "atl"}, "labelled None"),
            ({"features": [1.0], "label": "otomi"}, "without a text"),
        ],
    )
    def test_a_bad_row_is_named(
        self, jobs: Jobs, way: str, row: dict[str, Any], found: str
    ) -> None:
        bad = jobs.rows([texts(1, 1)[0], row])
        with pytest.raises(InvalidInputError, match=found) as caught:
            text_classification.run(
                jobs.context(RECIPE | WAYS[way], honest(jobs) | {"rows:ben:0": bad})
            )
        assert (caught.value.facts["input"], caught.value.facts["row"]) == ("rows:ben:0", 2)

    @pytest.mark.parametrize("way", ["embeddings", "encoder"])
    def test_a_causal_model_is_no_encoder(self, jobs: Jobs, tiny: str, way: str) -> None:
        context = jobs.context(RECIPE | WAYS[way], honest(jobs), base=tiny)
        with pytest.raises(UnsupportedFormatError, match="'gpt2', which is no text encoder"):
            text_classification.run(context)

    def test_weights_that_are_not_finite(self, jobs: Jobs, bert: str) -> None:
        digest = self.changed(jobs, bert, lambda w: w["embeddings.LayerNorm.bias"].fill(np.nan))
        context = jobs.context(RECIPE | ENCODER, honest(jobs), base=digest)
        with pytest.raises(InvalidInputError, match=r"NaN or infinity.*LayerNorm\.bias"):
            text_classification.run(context)

    def test_weights_that_are_missing(self, jobs: Jobs, bert: str) -> None:
        name = "encoder.layer.1.output.dense.weight"
        digest = self.changed(jobs, bert, lambda weights: weights.pop(name))
        context = jobs.context(RECIPE | ENCODER, honest(jobs), base=digest)
        with pytest.raises(UnsupportedFormatError, match="lack 1 tensors"):
            text_classification.run(context)

    def test_a_pickle_beside_the_weights(self, jobs: Jobs, bert: str) -> None:
        digest = self.changed(jobs, bert, lambda _: None)
        (jobs.models_dir / digest / "pytorch_model.bin").write_bytes(b"\x80\x04.")
        context = jobs.context(RECIPE | ENCODER, honest(jobs), base=digest)
        with pytest.raises(UnsupportedFormatError, match=r"pytorch_model\.bin, which can run"):
            text_classification.run(context)

    def test_a_task_without_a_base(self, jobs: Jobs) -> None:
        context = jobs.context(RECIPE | ENCODER, honest(jobs))
        del context.spec.inputs["base"]
        with pytest.raises(InvalidInputError, match="import a base model"):
            text_classification.run(context)

    @pytest.mark.parametrize(
        "changes", [{"features": "bert"}, {"steps": 0}, {"rank": 0}, {"dropout": 0.1}]
    )
    def test_parameters_out_of_bounds(self, jobs: Jobs, changes: dict[str, Any]) -> None:
        with pytest.raises(InvalidInputError, match=next(iter(changes))):
            trained(jobs, "encoder", **changes)

    def changed(self, jobs: Jobs, bert: str, change: Callable[[dict[str, Any]], object]) -> str:
        """Return the digest of a copy of the tiny BERT with changed weights."""
        digest = f"{abs(hash(jobs.folder)):064x}"
        shutil.copytree(jobs.models_dir / bert, jobs.models_dir / digest)
        path = jobs.models_dir / digest / "model.safetensors"
        weights = load_file(path)
        change(weights)
        save_file(weights, path, {"format": "pt"})
        return digest
