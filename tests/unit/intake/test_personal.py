"""Personal data: what is found, what is left alone, what stands in its place."""

import pytest

from workbench.intake.personal import find_personal, mask_personal

FOUND = [
    ("itzel@correo.mx", "e-mail-address"),
    ("josé.x+y@sub.ejemplo.co.uk", "e-mail-address"),
    ("DE89 3704 0044 0532 0130 00", "bank-account"),
    ("GB82WEST12345698765432", "bank-account"),
    ("mt84malt011000012345mtlcast001s", "bank-account"),
    ("4111 1111 1111 1111", "payment-card"),
    ("5500-0000-0000-0004", "payment-card"),
    ("378282246310005", "payment-card"),
    ("3782 822463 10005", "payment-card"),
    ("6011111111111117", "payment-card"),
    ("81.2.69.142", "ip-address"),
    ("2a00:1450:4007:80e::200e", "ip-address"),
    ("+52 55 1234 5678", "phone-number"),
    ("+1 (212) 555-0100", "phone-number"),
    ("+4930901820123", "phone-number"),
]
LEFT_ALONE = [
    "a@b",
    "me@example.com",
    "x@mail.example",
    "@nican",
    "4111 1111 1111 1112",  # Luhn
    "1234567890123452",  # Luhn, but no issuer's prefix
    "3.141592653589793238",
    "9780306406157000",
    "DE88 3704 0044 0532 0130 00",  # modulo 97
    "DE89 3704 0044 0532 0130",  # too short for Germany
    "192.168.1.1",
    "127.0.0.1",
    "256.81.2.69",
    "1.2.3.4",
    "section 3.14.15.9",
    "v81.2.69.142",
    "version 81.2.69.142",
    "81.2.69.142.7",
    "nginx/81.2.69.142",
    "std::vector",
    "12:30:45",
    "2001:db8::1",
    "fe80::1",
    "+12345678",
    "1+1212555010",
    "+999 555 123 4567",
    "+1 112 555 0100",
    "01/02/2024 10:11:12",
    "0123 456789",
]


@pytest.mark.parametrize(("value", "code"), FOUND)
def test_personal_data_is_found_and_only_its_ends_are_shown(value: str, code: str) -> None:
    text = f"Nimitztitlani: {value}, ximotlacuili."
    assert find_personal(text) == [(code, f"{value[0]}…{value[-1]}")]
    masked = mask_personal(text)
    assert value not in masked
    assert masked.startswith("Nimitztitlani: ⟨")
    assert masked.endswith("⟩, ximotlacuili.")


@pytest.mark.parametrize("value", LEFT_ALONE)
def test_what_only_looks_like_it_is_left_alone(value: str) -> None:
    text = f"see {value} there"
    assert find_personal(text) == []
    assert mask_personal(text) == text


def test_every_place_of_a_text_is_masked() -> None:
    text = "a@b.mx, c@d.mx +4930901820123 4111111111111111 5500000000000004"
    assert mask_personal(text) == (
        "⟨e-mail⟩, ⟨e-mail⟩ ⟨phone number⟩ ⟨payment card⟩ ⟨payment card⟩"
    )


def test_a_bank_account_is_not_read_as_a_card() -> None:
    assert [code for code, _ in find_personal("ES91 2100 0418 4502 0005 1332")] == ["bank-account"]


@pytest.mark.parametrize("letter", ["@", "a", "1", "+", ":", ".", "1 ", "a@", "a.", "2001:", "1-"])
def test_long_texts_of_one_letter_take_no_time(letter: str) -> None:
    text = letter * 20_000 + "@"
    assert isinstance(mask_personal(text), str)
