"""The widgets, where their JavaScript has been built."""

from importlib import import_module
from typing import Any

import pytest

from workbench.core.errors import NotBuiltError


@pytest.fixture
def widgets() -> Any:
    try:
        return import_module("workbench.widgets")
    except NotBuiltError as error:
        pytest.skip(str(error))
