"""What is shown while MLflow's server starts, and when it does not."""

from html import escape
from typing import Final

from workbench.core.errors import WorkbenchError

PLAIN_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
_LOOK_AGAIN_SECONDS: Final = 2
_STYLE: Final = (
    ":root{color-scheme:light dark}"
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:42rem;margin:4rem auto;padding:0 1rem}"
    "h1{font-size:1.25rem}pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.8rem}"
)


def starting_html() -> str:
    """Return the page that asks again by itself until MLflow's is there."""
    return _page(
        "MLflow is starting…",
        '<p role="status">Its server takes about 20 seconds, and longer on a busy machine. '
        "This page goes on by itself.</p>",
        head=f'<meta http-equiv="refresh" content="{_LOOK_AGAIN_SECONDS}">',
    )


def failed_html(error: WorkbenchError) -> str:
    """Return the page that says what went wrong and what to do."""
    lines = [f"<p>{escape(error.found)}.</p>"]
    if error.wanted:
        lines.append(f"<p>Wanted: {escape(error.wanted)}.</p>")
    if error.next_step:
        lines.append(f"<p>Next step: {escape(error.next_step)}.</p>")
    if error.facts.get("said"):
        lines.append(f"<pre>{escape(str(error.facts['said']))}</pre>")
    lines.append('<p><a href="">Try again</a></p>')
    return _page("MLflow cannot be shown", f'<div role="alert">{"".join(lines)}</div>')


def _page(title: str, body: str, head: str = "") -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">{head}<title>{title}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1>{body}</body></html>"
    )
