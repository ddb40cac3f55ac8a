"""The list of what is installed."""

import importlib.metadata
import platform

from packaging.requirements import Requirement

from workbench.compute.environment_lock import environment_lock


def test_every_distribution_is_named_once_with_our_own_version() -> None:
    head, *lines = environment_lock("7.8.9").splitlines()

    assert head.startswith(f"# Python {platform.python_version()} on ")
    names = [Requirement(line).name for line in lines]
    assert names == sorted(set(names))
    assert f"numpy=={importlib.metadata.version('numpy')}" in lines
    assert f"scikit-learn=={importlib.metadata.version('scikit-learn')}" in lines
    assert "merit-workbench==7.8.9" in lines
