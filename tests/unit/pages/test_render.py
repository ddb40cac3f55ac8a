import re
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from shlex import quote

import pytest

from workbench import pages
from workbench.core.errors import InvalidInputError, NotFoundError
from workbench.core.wire import EpochView, PayoutRow, WhyView
from workbench.pages.documents import PublishedEpoch
from workbench.pages.exploring import bar_unit, make_steps

MakeEpoch = Callable[..., EpochView]
MakeRow = Callable[..., PayoutRow]
ABOUT = {
    "title": "Speak Nahuatl",
    "metric": "negative loss per token",
    "as_of": datetime(2026, 11, 22, 11, 0, tzinfo=UTC),
}
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}",
    "'\"&</title>",
]
VOID = {"meta", "link", "img", "br", "line", "circle", "col"}


class Outline(HTMLParser):
    """Tags in order; fails on a tag closed that was not open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(params=[pages.leaderboard_html, pages.payouts_html])
def page(request: pytest.FixtureRequest) -> Callable[..., str]:
    make: Callable[..., str] = request.param
    return make


def test_a_page_is_well_formed_and_needs_no_script_and_no_other_file(
    page: Callable[..., str], epoch: MakeEpoch, row: MakeRow
) -> None:
    outline = Outline(page(epoch(row()), **ABOUT))
    assert outline.open == []
    assert "script" not in [tag for tag, _ in outline.tags]
    for tag, attributes in outline.tags:
        assert not {"src", "srcset", "style" if tag == "link" else "src"} & set(attributes)
        if tag == "link":
            assert attributes["href"] == "data:,"


def test_a_page_says_how_much_is_paid_returned_and_in_the_pool(
    page: Callable[..., str], epoch: MakeEpoch, row: MakeRow
) -> None:
    view = epoch(row("a", amount=333_333_334), row("b", amount=1, rank=2), returned=10)
    text = re.sub(r"\s+", " ", Outline(page(view, **ABOUT)).text)
    assert "333.333334" in text
    assert "0.000001" in text
    assert "Σ payouts 333.333335" in text.replace("payouts333", "payouts 333")
    assert "0.000010" in text
    assert "333.333345" in text


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text(
    page: Callable[..., str], epoch: MakeEpoch, row: MakeRow, name: str
) -> None:
    html = page(epoch(row(name), task="speak"), **(ABOUT | {"title": name, "metric": name}))
    outline = Outline(html)
    assert not {"script", "img"} & {tag for tag, _ in outline.tags}
    assert name in outline.text
    assert all(not key.startswith("on") for _, attributes in outline.tags for key in attributes)


def test_every_header_cell_says_what_it_heads_and_every_table_has_a_caption(
    page: Callable[..., str], epoch: MakeEpoch, row: MakeRow
) -> None:
    outline = Outline(page(epoch(row()), **ABOUT))
    scopes = [attributes.get("scope") for tag, attributes in outline.tags if tag == "th"]
    assert set(scopes) == {"col", "row"}
    tags = [tag for tag, _ in outline.tags]
    assert tags.count("table") == tags.count("caption") == 1


def test_rows_have_as_many_cells_as_the_table_has_columns(
    page: Callable[..., str], epoch: MakeEpoch, row: MakeRow
) -> None:
    table = page(epoch(row()), **ABOUT)
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", table, re.DOTALL)
    assert len({len(re.findall(r"<t[hd]\b", cells)) for cells in rows}) == 1


def test_each_interval_has_a_name_and_a_description(epoch: MakeEpoch, row: MakeRow) -> None:
    html = pages.leaderboard_html(epoch(row("Otomí")), **ABOUT)
    assert ">Otomí: +0.0500</title>" in html
    assert ">95 % interval from 0.0422 to 0.0578 nats per token</desc>" in html


def test_overlapping_intervals_are_explained_and_settled_ones_too(
    epoch: MakeEpoch, row: MakeRow
) -> None:
    overlapping = epoch(row("a"), row("b", value=0.049, rank=2))
    apart = epoch(row("a"), row("b", value=0.001, rank=2))
    assert "A rank such as 1–2" in pages.leaderboard_html(overlapping, **ABOUT)
    assert "Ranks</strong> are settled" in pages.leaderboard_html(apart, **ABOUT)


def test_an_epoch_without_owners_has_a_page(page: Callable[..., str], epoch: MakeEpoch) -> None:
    html = page(epoch(returned=7), **ABOUT)
    assert "accepted data" in html
    assert "<table" not in html


def test_a_pool_that_went_back_is_explained(epoch: MakeEpoch, row: MakeRow) -> None:
    view = epoch(row("a", amount=0, share=0.0), returned=7_000_000)
    assert "Nothing was paid" in pages.payouts_html(view, **ABOUT)
    assert "paid nobody" in pages.payout_fragment(PublishedEpoch(epoch=view, **ABOUT), "a")


def test_a_fragment_without_the_static_pages_beside_it_links_to_none_of_them(
    epoch: MakeEpoch, row: MakeRow
) -> None:
    found = PublishedEpoch(epoch=epoch(row()), **ABOUT)
    assert "href" not in pages.leaderboard_fragment(found, linked=False)
    assert "href" not in pages.payouts_fragment(found, linked=False)


def test_the_start_page_lists_tasks_and_says_what_to_do_without_any(
    epoch: MakeEpoch, row: MakeRow
) -> None:
    entries = [
        pages.index_entry("speak", title="Speak", metric="loss", epoch=epoch(row())),
        pages.index_entry("tumour", title="Tumour", metric="accuracy"),
    ]
    html = pages.index_html(entries, ABOUT["as_of"])
    assert 'href="speak/payouts.html"' in html
    assert re.findall(r'"tumour/(\w+)\.html"', html) == ["task", "runs"]
    assert "workbench demo" in pages.index_html([], ABOUT["as_of"])


def test_the_same_epoch_gives_the_same_bytes(
    page: Callable[..., str], epoch: MakeEpoch, row: MakeRow
) -> None:
    assert page(epoch(row()), **ABOUT) == page(epoch(row()), **ABOUT)


def test_an_error_is_shown_with_what_is_wanted_and_what_to_do() -> None:
    error = NotFoundError("<b>no</b>", wanted="a task", next_step="choose one")
    text = Outline(pages.message_fragment("Not shown", error)).text
    assert all(part in text for part in ("Not shown", "<b>no</b>", "a task", "choose one"))


@pytest.mark.parametrize("quantity", list(pages.ORDERS))
def test_owners_are_ordered_by_each_quantity(epoch: MakeEpoch, row: MakeRow, quantity: str) -> None:
    view = epoch(
        row("few", n_rows=10, value=0.01, amount=9_000_000, rank=2),
        row("none", 0, n_rows=0, value=-1),
    )
    html = pages.order_fragment(PublishedEpoch(epoch=view, **ABOUT), quantity)
    assert html.index("few") < html.index("none")


def test_an_unknown_quantity_is_refused(epoch: MakeEpoch, row: MakeRow) -> None:
    with pytest.raises(InvalidInputError, match="no quantity"):
        pages.order_fragment(PublishedEpoch(epoch=epoch(row()), **ABOUT), "luck")


def test_the_steps_lead_from_the_value_to_the_amount(epoch: MakeEpoch, row: MakeRow) -> None:
    view = epoch(
        row("a", value=0.03, share=0.75, amount=75_000_000),
        row("b", value=0.01, share=0.25, amount=25_000_000, rank=2),
        row("c", value=-0.02, share=0.0, amount=0, rank=3),
    )
    steps = make_steps(view, "a")
    assert (steps.value_text, steps.positive_text, steps.share_text) == (
        "0.0300",
        "0.0400",
        "75.00\N{NO-BREAK SPACE}%",
    )
    publication = PublishedEpoch(epoch=view, **ABOUT)
    assert "75.00" in pages.payout_fragment(publication, "a")
    assert "0.0300" in pages.payout_fragment(publication, "a")
    assert bar_unit("value", publication.metric) in pages.payout_fragment(publication, "a")
    assert "no share" in pages.payout_fragment(publication, "c")
    with pytest.raises(NotFoundError, match="no owner"):
        make_steps(view, "nobody")


@pytest.mark.parametrize(
    ("state", "says", "line"),
    [
        ("provisional", "provisional until 1 December 2026", "provisional"),
        ("disputed", "disputed: held until somebody decides", "disputed"),
        ("final", "final", "paid"),
        ("void", "void: the pool returned to the task", "void"),
    ],
)
def test_a_page_says_where_the_money_is(
    page: Callable[..., str], epoch: MakeEpoch, row: MakeRow, state: str, says: str, line: str
) -> None:
    dispute = {"id": "d" * 64, "owner": HOSTILE[0], "reason": HOSTILE[1]}
    dispute |= {"created_at": "2026-11-30T00:00:00Z"}
    view = epoch(row(), state=state, final_at="2026-12-01T00:00:00Z", disputes=[dispute])
    found = page(view, **ABOUT)
    outline = Outline(found)
    assert [a["data-state"] for _, a in outline.tags if "data-state" in a] == [state]
    assert says in outline.text
    assert line in outline.text
    assert ("Paid to owners" in outline.text) == (state == "final")
    assert HOSTILE[0] not in found
    assert HOSTILE[1] in outline.text


def test_reasons_are_a_page_of_texts_and_name_no_rows(epoch: MakeEpoch, row: MakeRow) -> None:
    owner = HOSTILE[0]
    size = {"n_others": 0, "n_pairs": 1, "weight": 1.0, "marginal": 0.5, "part": 0.5}
    none = size | {"n_others": 1, "n_pairs": 0, "marginal": None, "part": None}
    why = WhyView.model_validate(
        {
            "epoch": "e" * 64, "number": 3, "task": "t", "study": "5" * 64, "owner": owner,
            "n_rows": 20, "metric": "accuracy", "method": "exact", "semivalue": "shapley",
            "confidence": 0.95, "value": 0.5, "standard_error": 0.125, "low": 0.25, "high": 0.75,
            "pool": "1000001", "pay_on": "value", "owner_cap": "1/2", "weight": "2",
            "whole": "3", "floor": "666667", "rounding": 1, "above_cap": "166668",
            "amount": "500000", "why_returned": "", "utility_of_all": 0.875,
            "utility_without": 0.5, "by_size": [size, none], "lowered": [], "n_pairs": 1,
            "raised": [
                {"others": [HOSTILE[1]], "without": 0.25, "together": 0.75, "marginal": 0.5}
            ],
            "duplicates": [
                {"contribution": "c", "file_name": "secret.csv", "code": "d", "n_rows": 4,
                 "message": "m"},
            ],
            "helped": [{"contribution": "c", "file_name": "secret.csv", "row": 7, "value": 0.1}],
            "rows_say": "secretly",
        }
    )  # fmt: skip
    found = pages.why_html(why, epoch(row(owner)), title="A task", as_of=ABOUT["as_of"])
    outline = Outline(found)
    assert HOSTILE[0] not in found
    assert "secret" not in found
    assert "one of the largest remainders" in outline.text
    assert "4 duplicate rows" in outline.text
    assert "not measured" in outline.text
    assert "+0.50 ± 0.12 share of test rows, from 20 rows" in outline.text.replace("\n", " ")
    # What is copied into a terminal is one argument, whatever it holds.
    assert f"workbench why speak-nahuatl:3 {quote(owner)}" in outline.text
    document = pages.why_document(why)
    assert "secret" not in str(document)
    assert document["n_duplicates"] == 4
    assert re.fullmatch(r"3-[0-9a-f]{16}", pages.why_name(why))
