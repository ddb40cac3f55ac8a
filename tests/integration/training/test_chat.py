"""Which tokens of conversations and translations have a loss."""

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tokenizers.processors import TemplateProcessing
from transformers import AutoModelForCausalLM, PreTrainedTokenizerBase

from tests.integration.training.conftest import RECIPE, Jobs
from workbench.core.errors import InvalidInputError
from workbench.core.settings import Settings
from workbench.demo.assets import SMOLLM2
from workbench.registry.translation import DEFAULT_TEMPLATE
from workbench.training import causal_lm
from workbench.training.chat import DEFAULT_CHAT_TEMPLATE, chat_pieces, translation_pieces
from workbench.training.loading import load_tokenizer
from workbench.training.parameters import CausalLmParameters
from workbench.training.rows import (
    NO_TOKEN,
    ChatRow,
    EncodedRow,
    Row,
    TextRow,
    TranslationRow,
    encode_rows,
    prompt_tokens,
)
from workbench.training.tiny_gpt2 import byte_tokenizer

# Read before a test gets folders of its own.
SMOLLM2_FOLDER = Settings.from_environment().models_dir / SMOLLM2.sha256
BYTES = byte_tokenizer()
ROLES = ("user", "assistant")
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1).map(
    lambda word: word[:20]
)


def smollm2() -> PreTrainedTokenizerBase:
    """The real tokenizer, where the demo has left its model."""
    if not (SMOLLM2_FOLDER / "tokenizer.json").is_file():
        pytest.skip("SmolLM2 is not in the cache")
    return load_tokenizer(SMOLLM2_FOLDER)


@pytest.fixture(params=["bytes", "smollm2"])
def tokenizer(request: pytest.FixtureRequest) -> PreTrainedTokenizerBase:
    """The tokenizer of the tests, which has no template, and one that has."""
    return BYTES if request.param == "bytes" else smollm2()


def chat(*contents: str, system: str | None = None) -> ChatRow:
    first = [] if system is None else [{"role": "system", "content": system}]
    said = [{"role": ROLES[n % 2], "content": text} for n, text in enumerate(contents)]
    return ChatRow((*first, *said))


def encoded(
    row: Row, tokenizer: PreTrainedTokenizerBase = BYTES, max_tokens: int = 4_096, **rest: Any
) -> EncodedRow:
    parameters = CausalLmParameters(max_tokens=max_tokens, **rest)
    [found] = encode_rows(tokenizer, [row], parameters, "rows").rows
    return found


def learnt(row: EncodedRow) -> tuple[int, ...]:
    return tuple(token for token in row.targets if token != NO_TOKEN)


def test_a_conversation_is_cut_at_the_answers() -> None:
    pieces = chat_pieces(BYTES, chat("hola", "pialli", "¿qué?", "atl", system="Breve.").messages)
    assert [(piece.text, piece.is_learnt) for piece in pieces] == [
        ("System: Breve.\nUser: hola\nAssistant:", False),
        (" pialli<|endoftext|>", True),
        ("\nUser: ¿qué?\nAssistant:", False),
        (" atl<|endoftext|>", True),
    ]


def test_every_answer_and_its_end_has_a_loss_and_nothing_else(
    tokenizer: PreTrainedTokenizerBase,
) -> None:
    row = encoded(chat("hola", "pialli", "¿qué es atl?", "agua"), tokenizer)
    assert row.tokens[1:] == tuple(
        token if target == NO_TOKEN else target
        for token, target in zip(row.tokens[1:], row.targets, strict=True)
    )
    said = tokenizer.decode(learnt(row)).replace(str(tokenizer.eos_token), "|")
    assert [part.strip() for part in said.split("|")] == ["pialli", "agua", ""]


def test_what_is_read_before_an_answer_is_what_a_model_is_asked_with(
    tokenizer: PreTrainedTokenizerBase,
) -> None:
    prompt = prompt_tokens(tokenizer, "¿qué es atl?", "chat", DEFAULT_TEMPLATE)
    row = encoded(chat("¿qué es atl?", "agua"), tokenizer)
    assert row.tokens == (*prompt, *learnt(row))


def test_a_translation_has_a_loss_and_its_text_has_none(
    tokenizer: PreTrainedTokenizerBase,
) -> None:
    row = encoded(TranslationRow("agua", "atl"), tokenizer)
    prompt = prompt_tokens(tokenizer, "agua", "translation", DEFAULT_TEMPLATE)
    assert row.tokens == (*prompt, *learnt(row))
    assert tokenizer.decode(learnt(row)).strip() == f"atl{tokenizer.eos_token}"
    assert "Translate: agua\nTranslation:" in tokenizer.decode(prompt)


def test_a_template_may_hold_braces_and_texts_are_never_templates() -> None:
    [asked, answer] = translation_pieces(BYTES, "{{x}} {text} =", "{0.__class__} {text}", "{y}")
    assert asked.text == "{x} {0.__class__} {text} ="
    assert answer.text == " {y}<|endoftext|>"


def test_a_text_is_what_it_was() -> None:
    tokens = tuple(BYTES("in atl")["input_ids"])
    assert encoded(TextRow("in atl")) == EncodedRow(tokens, tokens[1:])
    assert encoded(TextRow("in atl"), max_tokens=3) == EncodedRow(tokens[:3], tokens[1:3])


@pytest.mark.parametrize("max_tokens", [17, 20, 40])
def test_a_long_prompt_loses_its_beginning_and_the_answer_stays(max_tokens: int) -> None:
    whole = encoded(chat("hola " * 20, "pialli"))
    cut = encoded(chat("hola " * 20, "pialli"), max_tokens=max_tokens)
    assert len(cut.tokens) == max_tokens
    assert cut.tokens == whole.tokens[-max_tokens:]
    assert learnt(cut) == learnt(whole)


def test_an_earlier_answer_that_was_cut_is_not_learnt() -> None:
    whole = encoded(chat("a", "bbbb", "c", "dd"))
    start = whole.tokens.index(BYTES("b")["input_ids"][0])
    for n_kept in range(len(whole.tokens) - start - 1, len(whole.tokens) - start + 2):
        cut = encoded(chat("a", "bbbb", "c", "dd"), max_tokens=n_kept)
        has_first = n_kept > len(whole.tokens) - start + 1
        assert learnt(cut) == (learnt(whole) if has_first else learnt(encoded(chat("c", "dd"))))


def test_answers_that_do_not_fit_are_left_out_and_counted() -> None:
    rows = [chat("a", "b"), chat("a", "b" * 50), TranslationRow("a", "b" * 50)]
    found = encode_rows(BYTES, rows, CausalLmParameters(max_tokens=30), "rows")
    assert (len(found.rows), found.n_left_out) == (1, 2)
    assert found.shapes == ["chat", "translation"]
    with pytest.raises(InvalidInputError, match="no row whose answer has fewer than 30 tokens"):
        encode_rows(BYTES, rows[1:], CausalLmParameters(max_tokens=30), "rows")


@given(st.lists(WORDS, min_size=1, max_size=3), WORDS, WORDS)
def test_what_is_learnt_does_not_depend_on_what_is_asked(
    answers: list[str], asked: str, other: str
) -> None:
    def row(prompt: str) -> EncodedRow:
        return encoded(chat(*(text for answer in answers for text in (prompt, answer))))

    assert learnt(row(asked)) == learnt(row(other))
    ends = "".join(f" {answer}{BYTES.eos_token}" for answer in answers)
    assert learnt(row(asked)) == tuple(BYTES(ends)["input_ids"])
    one = encoded(TranslationRow(asked, answers[0]))
    assert learnt(one) == learnt(encoded(TranslationRow(other, answers[0])))


@given(st.lists(WORDS, min_size=2, max_size=6).filter(lambda texts: len(texts) % 2 == 0))
def test_all_but_the_answers_is_read_without_a_loss(texts: list[str]) -> None:
    row = encoded(chat(*texts))
    read = [t for t, target in zip(row.tokens[1:], row.targets, strict=True) if target == NO_TOKEN]
    asked = "".join(f"User: {text}\nAssistant:\n" for text in texts[::2])[:-1]
    assert [row.tokens[0], *read] == BYTES(asked)["input_ids"]


def test_a_row_begins_as_plain_texts_do_unless_a_template_says_how() -> None:
    begun = byte_tokenizer()
    begin = int(begun.bos_token_id)
    begun.backend_tokenizer.post_processor = TemplateProcessing(
        single=f"{begun.bos_token} $A", special_tokens=[(str(begun.bos_token), begin)]
    )
    plain = encoded(TextRow("hola"), begun)
    for row in (chat("a", "b", "c", "d"), TranslationRow("a", "b")):
        found = encoded(row, begun)
        assert found.tokens[0] == plain.tokens[0] == begin
        assert (found.tokens[1:], learnt(found)) == (encoded(row).tokens, learnt(encoded(row)))
    begun.chat_template = DEFAULT_CHAT_TEMPLATE
    assert encoded(chat("a", "b"), begun) == encoded(chat("a", "b"))


def template(text: str) -> PreTrainedTokenizerBase:
    made = byte_tokenizer()
    made.chat_template = text
    return made


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ raise_exception('no system role') }}", "no system role"),
        ("{{ strftime_now('%d') }}" + DEFAULT_CHAT_TEMPLATE, "reads the clock"),
        ("{{ messages | length }}" + DEFAULT_CHAT_TEMPLATE, "does not write each answer"),
        ("{% for message in messages %}{{ message.content", "does not take"),
        ("{{ ''.__class__.__mro__ }}", "does not take"),
        ("the same", "does not write each answer"),
    ],
)
def test_a_template_that_nobody_can_train_on_is_refused(text: str, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said) as caught:
        chat_pieces(template(text), chat("hola", "pialli").messages)
    assert caught.value.wanted
    assert caught.value.next_step


def test_a_template_with_a_date_gets_the_same_one_every_day() -> None:
    dated = "{{ date_string if date_string is defined else strftime_now('%d') }}"
    pieces = chat_pieces(template(dated + DEFAULT_CHAT_TEMPLATE), chat("a", "b").messages)
    assert pieces[0].text.startswith("26 Jul 2024")


def test_a_folders_template_is_never_run_for_translations_without_one(tmp_path: Path) -> None:
    BYTES.save_pretrained(tmp_path)
    assert load_tokenizer(tmp_path).chat_template is None
    assert prompt_tokens(load_tokenizer(tmp_path), "agua", "translation", "{text}:") == tuple(
        BYTES("agua:")["input_ids"]
    )


@pytest.mark.parametrize("lora", ["last-blocks", "everywhere"])
def test_the_losses_are_those_of_the_answers_in_the_whole_model(jobs: Jobs, lora: str) -> None:
    conversations = [chat("atl se", "calli"), chat("nochi", "se", "atl", "tlacatl")]
    test = jobs.rows([{"messages": list(row.messages)} for row in conversations])
    recipe = RECIPE | {"max_tokens": 64, "lora": lora}
    result = causal_lm.run(jobs.context(recipe, {"rows:ana:0": test, "test": test}))
    model = AutoModelForCausalLM.from_pretrained(jobs.models_dir / jobs.base).eval()
    total, n_tokens = 0.0, 0
    for conversation in conversations:
        row = encoded(conversation)
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([row.tokens])).logits[0, :-1]
        wanted = torch.tensor([-100 if t == NO_TOKEN else t for t in row.targets])
        total += torch.nn.functional.cross_entropy(logits, wanted, reduction="sum").item()
        n_tokens += len(learnt(row))
    assert result["metrics"]["base_loss_full"] == pytest.approx(total / n_tokens, rel=1e-5)
    assert result["row_shapes"] == ["chat"]
