"""Addresses of clusters, and what is said of those that cannot be reached."""

import sys
from pathlib import Path

import pytest

from workbench.compute.ray_cluster import Cluster, check_installed
from workbench.core.errors import InvalidInputError, MissingExtraError


@pytest.mark.parametrize("address", ["127.0.0.1:6379", "localhost:1", "head.example:65535"])
def test_an_address_is_a_host_and_a_port(address: str) -> None:
    assert Cluster.at(address).address == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "6379",
        ":6379",
        "auto",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:0",
        "127.0.0.1:65536",
        "ray://127.0.0.1:10001",
        "[::1]:6379",
        "a b:1",
        "127.0.0.1:６",
        "127.0.0.1:-1",
    ],
)
def test_anything_else_is_refused(address: str) -> None:
    with pytest.raises(InvalidInputError, match="no address of a Ray cluster") as raised:
        Cluster.at(address)
    assert raised.value.facts["address"] == address


def test_a_cluster_on_loopback_is_told_to_stay_there() -> None:
    assert "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER" in Cluster.at("127.0.0.1:1").environment()
    assert "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER=0" in Cluster.at("localhost:1").command()
    assert "RAY_ENABLE" not in Cluster.at("192.0.2.7:1").command()


def test_a_token_is_always_wanted_and_usage_is_never_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RAY_AUTH_TOKEN", "another")
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    variables = Cluster.at("192.0.2.7:1", token_path=Path("token")).environment()
    assert variables["RAY_AUTH_MODE"] == "token"
    assert variables["RAY_AUTH_TOKEN_PATH"] == "token"
    assert "RAY_AUTH_TOKEN" not in variables
    assert variables["RAY_USAGE_STATS_ENABLED"] == "0"


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match="pip install 'merit-workbench\\[ray\\]'"):
        check_installed()
