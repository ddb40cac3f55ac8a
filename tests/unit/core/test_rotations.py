import pytest

from workbench.core.errors import SignatureError
from workbench.core.keys import PrivateKey
from workbench.core.rotations import check_possession, prove_possession

OLD, NEW = PrivateKey(b"\x01" * 32), PrivateKey(b"\x02" * 32)


def test_whoever_has_the_new_key_can_prove_it() -> None:
    proof = prove_possession(NEW, "ana", OLD.public_hex)
    check_possession("ana", OLD.public_hex, NEW.public_hex, proof)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("eva", OLD.public_hex, NEW.public_hex),
        ("ana", NEW.public_hex, NEW.public_hex),
        ("ana", OLD.public_hex, OLD.public_hex),
    ],
)
def test_a_proof_is_good_for_one_change_alone(name: str, old: str, new: str) -> None:
    proof = prove_possession(NEW, "ana", OLD.public_hex)
    with pytest.raises(SignatureError):
        check_possession(name, old, new, proof)


def test_a_proof_has_one_way_to_be_written() -> None:
    proof = prove_possession(NEW, "ana", OLD.public_hex)
    for other in (proof.upper(), f" {proof}", "", "zz"):
        with pytest.raises(SignatureError):
            check_possession("ana", OLD.public_hex, NEW.public_hex, other)
