"""Contracts compiled by solc from npm, an EVM in this process, and the JavaScript library."""

import ast
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from eth_abi import decode, encode
from eth_tester import EthereumTester, PyEVMBackend
from eth_tester.exceptions import TransactionFailed

from workbench.core.evm import keccak_256

FOLDER = Path(__file__).parents[3] / "extensions" / "chain"
keccak = keccak_256()


def selector(signature: str) -> bytes:
    return keccak(signature.encode())[:4]


class RefusedError(Exception):
    """A contract refused a transaction, with the name of its error."""


def signature_of(item: dict[str, Any]) -> str:
    return f"{item['name']}({','.join(one['type'] for one in item['inputs'])})"


@dataclass
class Contract:
    """A contract on the chain."""

    chain: EthereumTester
    address: str
    abi: list[dict[str, Any]]
    errors: dict[str, str]

    def _item(self, name: str) -> dict[str, Any]:
        return next(one for one in self.abi if one["type"] == "function" and one["name"] == name)

    def _message(self, name: str, arguments: Sequence[Any]) -> dict[str, Any]:
        item = self._item(name)
        types = [one["type"] for one in item["inputs"]]
        data = selector(signature_of(item)) + encode(types, arguments)
        return {"to": self.address, "data": "0x" + data.hex(), "gas": 1_000_000}

    def send(self, sender: str, name: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """Return the contract's own events; raise RefusedError where it reverts."""
        message = self._message(name, arguments) | {"from": sender}
        sent = self.chain.send_transaction(message)
        receipt = self.chain.get_transaction_receipt(sent)
        if not receipt["status"]:
            raise RefusedError(self._reason(message))
        return [self._event(log) for log in receipt["logs"] if log["address"] == self.address]

    def read(self, name: str, *arguments: Any) -> Any:
        message = self._message(name, arguments) | {"from": self.chain.get_accounts()[0]}
        answer = bytes.fromhex(self.chain.call(message)[2:])
        [found] = decode([one["type"] for one in self._item(name)["outputs"]], answer)
        return found

    def _reason(self, message: dict[str, Any]) -> str:
        """Return the name of the error by which a message is refused, ours or a token's."""
        with pytest.raises(TransactionFailed) as refusal:
            self.chain.call(message)
        # py-evm says what the contract answered as the text of its bytes.
        answer: bytes = ast.literal_eval(str(refusal.value.args[0]))
        return self.errors[answer[:4].hex()]

    def _event(self, log: dict[str, Any]) -> tuple[Any, ...]:
        for one in self.abi:
            topic = "0x" + keccak(signature_of(one).encode()).hex() if "name" in one else ""
            if one["type"] == "event" and topic == log["topics"][0]:
                kinds = [(i["type"], i["indexed"]) for i in one["inputs"]]
                indexed = [kind for kind, is_indexed in kinds if is_indexed]
                plain = [kind for kind, is_indexed in kinds if not is_indexed]
                topics = b"".join(bytes.fromhex(text[2:]) for text in log["topics"][1:])
                data = bytes.fromhex(log["data"][2:])
                return (one["name"], *decode(indexed, topics), *decode(plain, data))
        raise AssertionError(f"an event that the contract does not have: {log}")


@pytest.fixture(scope="session")
def node() -> str:
    """Node, with the packages of extensions/chain."""
    found = shutil.which("node")
    if found is None or shutil.which("npm") is None:
        pytest.skip("Node is not installed: the contract cannot be compiled")
    if not (FOLDER / "node_modules" / "solc").is_dir():
        pytest.fail("the packages of extensions/chain are not there. Next: make setup")
    return found


@pytest.fixture(scope="session")
def artifacts(node: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of compiled contracts."""
    return compiled(node, tmp_path_factory.mktemp("contracts"))


def compiled(node: str, folder: Path) -> Path:
    command = [node, str(FOLDER / "compile.js"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def chain() -> EthereumTester:
    """A chain in this process; contracts of one test are nobody else's."""
    return EthereumTester(PyEVMBackend())


@pytest.fixture
def deploy(chain: EthereumTester, artifacts: Path) -> Callable[..., Contract]:
    """Return a function that puts a contract on the chain."""
    errors = {
        selector(signature_of(one)).hex(): one["name"]
        for path in artifacts.iterdir()
        for one in json.loads(path.read_text())["abi"]
        if one["type"] == "error"
    }

    def make(name: str, types: Sequence[str] = (), arguments: Sequence[Any] = ()) -> Contract:
        artifact = json.loads((artifacts / f"{name}.json").read_text())
        code = artifact["bytecode"] + encode(types, arguments).hex()
        sent = chain.send_transaction(
            {"from": chain.get_accounts()[0], "data": code, "gas": 5_000_000}
        )
        address = chain.get_transaction_receipt(sent)["contract_address"]
        return Contract(chain, address, artifact["abi"], errors)

    return make


@pytest.fixture(scope="session")
def javascript(node: str) -> Iterator[Callable[[dict[str, Any]], dict[str, Any]]]:
    """Return a function that asks OpenZeppelin's library, in one process for all."""
    with subprocess.Popen(
        [node, str(FOLDER / "trees.js")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        stdin, stdout = process.stdin, process.stdout

        def ask(request: dict[str, Any]) -> dict[str, Any]:
            stdin.write(json.dumps(request) + "\n")
            stdin.flush()
            answer: dict[str, Any] = json.loads(stdout.readline())
            return answer

        yield ask
        stdin.close()
