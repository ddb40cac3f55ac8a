"""The contract pays each claim once and in full, in an EVM, and nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from eth_tester import EthereumTester

from tests.integration.chain.conftest import Contract, RefusedError, compiled, keccak
from workbench.client.claims import proof_of
from workbench.ledger.claims import ClaimTree

FUNDS = 10_000_000
Deploy = Callable[..., Contract]


@dataclass
class Scene:
    """A contract with funds, and people: it is the first account's."""

    token: Contract
    claims: Contract
    people: list[str]

    def proof(self, amounts: Mapping[str, int], account: str) -> list[bytes]:
        dump = ClaimTree.of(amounts, keccak).dump()
        return [bytes.fromhex(one[2:]) for one in proof_of(dump, account)]

    def set_root(self, log_size: int, amounts: Mapping[str, int]) -> None:
        root = bytes.fromhex(ClaimTree.of(amounts, keccak).root[2:])
        events = self.claims.send(self.people[0], "setRoot", log_size, root)
        assert events == [("RootSet", log_size, root)]

    def claim(self, amounts: Mapping[str, int], account: str) -> int:
        """Claim, sent by a stranger, and return what arrived."""
        before = self.balance(account)
        proof = self.proof(amounts, account)
        events = self.claims.send(self.people[9], "claim", account, amounts[account], proof)
        paid = self.balance(account) - before
        assert events == [("Claimed", account.lower(), paid, amounts[account])]
        return paid

    def balance(self, account: str) -> int:
        return int(self.token.read("balanceOf", account))


@pytest.fixture
def make_scene(chain: EthereumTester, deploy: Deploy) -> Callable[[str], Scene]:
    def make(token_name: str) -> Scene:
        people = [one.lower() for one in chain.get_accounts()]
        token = deploy(token_name)
        claims = deploy("MerkleClaims", ["address", "address"], [token.address, people[0]])
        token.send(people[0], "mint", claims.address, FUNDS)
        return Scene(token, claims, people)

    return make


@pytest.fixture
def scene(make_scene: Callable[[str], Scene]) -> Scene:
    return make_scene("TestToken")


@pytest.fixture
def amounts(scene: Scene) -> dict[str, int]:
    """What an epoch pays three people; its root is set."""
    amounts = dict(zip(scene.people[1:4], (5_000_000, 3_000_001, 7), strict=True))
    scene.set_root(1, amounts)
    return amounts


def test_everybody_is_paid_their_amount_and_the_rest_stays(
    scene: Scene, amounts: dict[str, int]
) -> None:
    for account, amount in amounts.items():
        assert scene.claim(amounts, account) == amount
    assert scene.balance(scene.claims.address) == FUNDS - sum(amounts.values())


def test_the_same_claim_again_is_refused(scene: Scene, amounts: dict[str, int]) -> None:
    scene.claim(amounts, scene.people[1])
    with pytest.raises(RefusedError, match="NothingToClaim"):
        scene.claim(amounts, scene.people[1])
    assert scene.balance(scene.people[1]) == amounts[scene.people[1]]


@pytest.mark.parametrize("change", [-1, 1])
def test_another_amount_is_refused(scene: Scene, amounts: dict[str, int], change: int) -> None:
    account = scene.people[1]
    with pytest.raises(RefusedError, match="NotInTree"):
        scene.claims.send(
            account, "claim", account, amounts[account] + change, scene.proof(amounts, account)
        )


def test_another_account_is_refused(scene: Scene, amounts: dict[str, int]) -> None:
    account, thief = scene.people[1], scene.people[9]
    with pytest.raises(RefusedError, match="NotInTree"):
        scene.claims.send(thief, "claim", thief, amounts[account], scene.proof(amounts, account))


def test_a_proof_with_a_changed_missing_or_further_hash_is_refused(
    scene: Scene, amounts: dict[str, int]
) -> None:
    account = scene.people[1]
    proof = scene.proof(amounts, account)
    changed = [bytes([proof[0][0] ^ 1]) + proof[0][1:], *proof[1:]]
    for wrong in (changed, proof[:-1], [*proof, bytes(32)], []):
        with pytest.raises(RefusedError, match="NotInTree"):
            scene.claims.send(account, "claim", account, amounts[account], wrong)


def test_an_inner_node_of_the_tree_passes_for_no_claim(
    scene: Scene, amounts: dict[str, int]
) -> None:
    # The two hashes below the root, read as an address and an amount: 64 bytes, as a leaf has.
    left, right = sorted(ClaimTree.of(amounts, keccak).nodes[1:3])
    account, amount = "0x" + left[12:].hex(), int.from_bytes(right, "big")
    with pytest.raises(RefusedError, match="NotInTree"):
        scene.claims.send(scene.people[9], "claim", account, amount, [])


def test_the_next_epoch_pays_only_the_difference(scene: Scene, amounts: dict[str, int]) -> None:
    first, second, third = scene.people[1:4]
    scene.claim(amounts, first)
    later = {first: amounts[first] + 11, second: amounts[second] + 5, third: amounts[third]}
    scene.set_root(2, later)
    assert scene.claim(later, first) == 11
    assert scene.claim(later, second) == later[second]
    with pytest.raises(RefusedError, match="NotInTree"):
        scene.claim(amounts, second)


def test_nothing_is_paid_before_a_root_is_set(scene: Scene) -> None:
    with pytest.raises(RefusedError, match="NotInTree"):
        scene.claims.send(scene.people[1], "claim", scene.people[1], 1, [])


def test_only_the_owner_sets_roots(scene: Scene, amounts: dict[str, int]) -> None:
    with pytest.raises(RefusedError, match="OwnableUnauthorizedAccount"):
        scene.claims.send(scene.people[1], "setRoot", 2, bytes(32))
    assert scene.claims.read("root").hex() == ClaimTree.of(amounts, keccak).root[2:]


def test_the_root_of_a_shorter_log_is_refused_and_of_the_same_replaced(
    scene: Scene, amounts: dict[str, int]
) -> None:
    scene.set_root(3, amounts)
    with pytest.raises(RefusedError, match="EarlierLog"):
        scene.set_root(2, amounts)
    more = amounts | {scene.people[5]: 12}
    scene.set_root(3, more)
    assert scene.claim(more, scene.people[5]) == 12


def test_a_new_owner_has_to_accept(scene: Scene) -> None:
    old, new = scene.people[:2]
    scene.claims.send(old, "transferOwnership", new)
    assert scene.claims.read("owner") == old
    scene.claims.send(new, "acceptOwnership")
    with pytest.raises(RefusedError, match="OwnableUnauthorizedAccount"):
        scene.claims.send(old, "setRoot", 1, bytes(32))


def test_a_claim_that_the_funds_do_not_cover_stays_claimable(scene: Scene) -> None:
    account = scene.people[1]
    amounts = {account: FUNDS + 1}
    scene.set_root(1, amounts)
    with pytest.raises(RefusedError, match="ERC20InsufficientBalance"):
        scene.claim(amounts, account)
    scene.token.send(scene.people[0], "mint", scene.claims.address, 1)
    assert scene.claim(amounts, account) == FUNDS + 1


def test_a_token_that_answers_false_is_no_payment(make_scene: Callable[[str], Scene]) -> None:
    scene = make_scene("RefusingToken")
    account = scene.people[1]
    amounts = {account: 5}
    scene.set_root(1, amounts)
    with pytest.raises(RefusedError, match="SafeERC20FailedOperation"):
        scene.claim(amounts, account)
    assert scene.claims.read("claimed", account) == 0


def test_a_token_that_claims_again_while_it_pays_gets_nothing_more(
    make_scene: Callable[[str], Scene],
) -> None:
    scene = make_scene("GreedyToken")
    account = scene.people[1]
    amounts = {account: 5}
    scene.set_root(1, amounts)
    scene.token.send(account, "prepare", 5, scene.proof(amounts, account))
    assert scene.claim(amounts, account) == 5
    assert scene.token.read("paidTwice") is False


def test_the_same_sources_compile_to_the_same_bytes(
    node: str, artifacts: Path, tmp_path: Path
) -> None:
    again = compiled(node, tmp_path / "again")
    names = {path.name for path in artifacts.iterdir()}
    assert names == {path.name for path in again.iterdir()}
    assert all((artifacts / name).read_bytes() == (again / name).read_bytes() for name in names)
