"""A consent receipt: what an owner agreed to, word for word, and who signed it when."""

from workbench.client.display import Column, Shown, Table
from workbench.core.canonical import sha256_hex
from workbench.core.envelope import Envelope
from workbench.core.errors import SignatureError
from workbench.core.wire import ReceiptView

_SHOWN = (
    "task", "owner", "license", "purposes", "right_to_share", "file_sha256", "rows_sha256",
)  # fmt: skip


class Receipt(Shown):
    """The consent under which a contribution was submitted.

    Parameters
    ----------
    view : as the server keeps it; nothing of it has to be believed.
    """

    def __init__(self, view: ReceiptView) -> None:
        self.view = view

    @property
    def words(self) -> str:
        """What was agreed to, in plain words; empty in records of before there were any."""
        return self.view.words

    def verify(self) -> "Receipt":
        """Return self if signature, content id and words fit each other.

        Raises
        ------
        SignatureError
            One of them does not.
        """
        record = Envelope.from_json(self.view.envelope).verify()
        if record.content_id != self.view.record:
            raise SignatureError(
                f"the receipt is the record {record.content_id}", wanted=self.view.record
            )
        signed = record.body.get("words")
        found = sha256_hex(self.words.encode()) if self.words else None
        if signed != found or record.body.get("contribution") != self.view.contribution:
            raise SignatureError(
                "the receipt shows other words than were signed",
                wanted=f"words with the SHA-256 {signed}",
                next_step="do not rely on this server: compare with a mirror",
            )
        return self

    def _table(self) -> Table:
        view = self.verify().view
        body = view.envelope["body"]
        rows = [[name, _text(body.get(name, ""))] for name in _SHOWN]
        rows += [["signed by", str(view.envelope["author"])], ["record", view.record]]
        return Table(
            f"Consent to the contribution {view.contribution[:12]}, "
            f"{view.created_at:%Y-%m-%d %H:%M %Z}: the signature verifies",
            [Column("what"), Column("")],
            rows,
            [*_folded(view.words), f"The contribution is {view.state} now."],
        )


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "yes" if value is True else str(value)


def _folded(words: str) -> list[str]:
    """Return the words a sentence a line: a line that is too long would be cut."""
    return [f"{sentence.rstrip('.')}." for sentence in words.split(". ") if sentence]
