import json
import logging
import sys
from logging.handlers import RotatingFileHandler

import pytest

from workbench.server import logs


def test_a_line_break_in_a_message_does_not_break_the_line() -> None:
    record = logging.LogRecord("x", logging.INFO, "f", 1, "two\nlines \u2028", None, None)
    assert len(logs.JsonLines().format(record).splitlines()) == 1


def test_a_traceback_is_kept_in_one_line() -> None:
    try:
        int("a\nb")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "f", 1, "m", None, sys.exc_info())
    line = logs.JsonLines().format(record)
    assert "\n" not in line
    assert "ValueError: invalid literal" in json.loads(line)["traceback"]


@pytest.mark.usefixtures("lines")
def test_files_are_rotated() -> None:
    [handler] = [h for h in logging.getLogger().handlers if isinstance(h, RotatingFileHandler)]
    assert handler.maxBytes > 0
    assert handler.backupCount > 0
