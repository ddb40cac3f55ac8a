"""The frozen pool of a study: every owner's rows and the hidden test, ready to learn from."""

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from workbench.core.canonical import content_id, sha256_hex
from workbench.core.jobs import JobContext
from workbench.training.base import BaseModel, load_base
from workbench.training.fine_tuning import row_order
from workbench.training.inputs import (
    TEST_INPUT,
    VOCABULARY_INPUT,
    required_input,
    training_inputs,
)
from workbench.training.lazy_rows import LazyRows, Source
from workbench.training.learner import AnyLearner
from workbench.training.lora import AdapterShape
from workbench.training.parameters import CausalLmParameters
from workbench.training.prefix_cache import PrefixCache
from workbench.training.rows import EncodedRow, EncodedRows, Shape, encode_rows, read_rows
from workbench.training.suffix import Suffix
from workbench.training.vocabulary import Vocabulary
from workbench.training.warm import Warm
from workbench.training.whole import Whole


@dataclass(frozen=True)
class Pool:
    """What training and evaluating see, whatever the coalition.

    Attributes
    ----------
    base : the model below and around.
    learner : what learns: the last blocks, their softmax pruned to the pool's tokens, or the
        whole model.
    vocabulary : what its softmax ranges over: the one the job names, or the union of the tokens
        of all owners' rows and the hidden test; the whole model's is all it knows.
    rows : digest of an input's content → its rows.
    test : the hidden test's rows, in their order.
    test_tokens : the same, as token ids.
    shapes : what kinds of rows the owners brought, sorted.
    n_left_out : rows of owners and test that are not used; see ``EncodedRows``.
    """

    base: BaseModel
    learner: AnyLearner
    vocabulary: Vocabulary
    rows: dict[str, LazyRows]
    test: LazyRows
    test_tokens: list[EncodedRow]
    shapes: list[Shape]
    n_left_out: int

    def training_rows(self) -> LazyRows:
        """Return all owners' rows in canonical order."""
        return LazyRows.joined(self.rows[digest] for digest in sorted(self.rows))

    def needed(
        self, parameters: CausalLmParameters, seed: int, rows: LazyRows | None = None
    ) -> list[Source]:
        """Return the hidden states that a fine-tune needs, in order of first need.

        It takes all owners' rows unless others are given. The hidden test comes last.
        """
        rows = self.training_rows() if rows is None else rows
        n_taken = parameters.steps * parameters.batch_rows if len(rows) else 0
        order = islice(row_order(len(rows), seed), n_taken)
        return [*rows.sources(order), *self.test.sources()]

    def read(self, context: JobContext) -> None:
        """Read all hidden states, where every row will be needed, and tell how far that is."""
        read_hidden(context, LazyRows.joined([*self.rows.values(), self.test]))


@dataclass(frozen=True)
class PoolText:
    """The pool's inputs as bytes on disk.

    Attributes
    ----------
    digests : name of an input → SHA-256 of its content.
    paths : digest → path; equal contents share one.
    test : digest of the hidden test.
    """

    digests: dict[str, str]
    paths: dict[str, Path]
    test: str

    @classmethod
    def of(cls, context: JobContext) -> "PoolText":
        """Look at a job's inputs."""
        named = training_inputs(context.inputs)
        test = required_input(context.inputs, TEST_INPUT)
        digests = {name: sha256_hex(path.read_bytes()) for name, path in named.items()}
        paths = {digests[name]: path for name, path in named.items()}
        return cls(digests, paths, sha256_hex(test.read_bytes()))

    def labels(self) -> dict[str, str]:
        """Return a name for each content, for messages."""
        return {digest: name for name, digest in reversed(self.digests.items())}


_WARM: Final[Warm[str, Pool]] = Warm(size=1)


def prefix_cache(context: JobContext, base: BaseModel, last_blocks: int) -> PrefixCache:
    """Return the cache in which a job finds and leaves hidden states."""
    return PrefixCache(context.cache, base.digest, last_blocks, base.dtype)


def read_hidden(context: JobContext, rows: LazyRows) -> None:
    """Read rows' hidden states and tell how far that is."""
    for done, total in rows.read():
        context.progress(done, total, "reading hidden states")


def load_pool(context: JobContext, parameters: CausalLmParameters) -> Pool:
    """Return the job's pool, made if this worker does not hold it yet.

    Hidden states come when they are first needed: read from the cache, or computed and left
    there.
    """
    base = load_base(context, parameters)
    text = PoolText.of(context)
    key = content_id(
        {
            "base": base.digest,
            "dtype": str(base.dtype),
            "shape": astuple(AdapterShape.wanted(parameters)),
            "max_tokens": parameters.max_tokens,
            "template": parameters.template,
            "rows": sorted(text.paths),
            "test": text.test,
            "vocabulary": context.spec.inputs.get(VOCABULARY_INPUT, ""),
            # Where what is still missing will be looked for, and left.
            "cache": str(context.cache),
        }
    )
    return _WARM.get(key, lambda: _make(context, parameters, base, text))


def encode_pool(
    context: JobContext, parameters: CausalLmParameters, base: BaseModel, text: PoolText
) -> tuple[dict[str, EncodedRows], EncodedRows]:
    """Return the tokens of every owner's rows, by content digest, and of the hidden test."""
    labels = text.labels()

    def encode(path: Path, label: str) -> EncodedRows:
        return encode_rows(base.tokenizer, read_rows(path, label), parameters, label)

    rows = {digest: encode(path, labels[digest]) for digest, path in sorted(text.paths.items())}
    return rows, encode(context.inputs[TEST_INPUT], TEST_INPUT)


def _make(
    context: JobContext, parameters: CausalLmParameters, base: BaseModel, text: PoolText
) -> Pool:
    rows, test = encode_pool(context, parameters, base, text)
    parts = [*rows.values(), test]
    vocabulary = vocabulary_of(context, base, [part.rows for part in parts])
    learner, ready = learner_of(context, base, parameters, vocabulary)
    return Pool(
        base=base,
        learner=learner,
        vocabulary=vocabulary,
        rows={digest: ready(part.rows) for digest, part in rows.items()},
        test=ready(test.rows),
        test_tokens=test.rows,
        shapes=sorted({shape for part in rows.values() for shape in part.shapes}),
        n_left_out=sum(part.n_left_out for part in parts),
    )


def learner_of(
    context: JobContext, base: BaseModel, parameters: CausalLmParameters, vocabulary: Vocabulary
) -> tuple[AnyLearner, Callable[[Sequence[EncodedRow]], LazyRows]]:
    """Return what learns, and what makes rows of one contribution ready for it.

    Parameters
    ----------
    vocabulary : of the softmax; all that the model knows where LoRA is everywhere.
    """
    if base.cut is None:
        whole = Whole(base.model, parameters.max_tokens)
        return whole, lambda rows: LazyRows.whole(vocabulary, rows)
    cache = prefix_cache(context, base, parameters.last_blocks)
    suffix = Suffix.over(base.cut, parameters.last_blocks, vocabulary.tokens)
    return suffix, lambda rows: LazyRows.of(base.parts, cache, vocabulary, rows)


def vocabulary_of(
    context: JobContext, base: BaseModel, parts: Sequence[Sequence[EncodedRow]]
) -> Vocabulary:
    """Return the vocabulary that the job names, or else the union of the tokens of its rows.

    A whole model's own softmax ranges over all that it knows.
    """
    if base.cut is None:
        return Vocabulary.full(base.n_vocabulary)
    frozen = context.inputs.get(VOCABULARY_INPUT)
    if frozen is not None:
        return Vocabulary.load(frozen, base.n_vocabulary)
    return Vocabulary.of_rows(row.tokens for part in parts for row in part)
