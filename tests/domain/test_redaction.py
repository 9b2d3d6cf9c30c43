"""What is masked in a text, and what is left alone."""

import pytest

from app.domain.redaction import redact, redact_phones


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("my card is 4111 1111 1111 1111.", "my card is [card]."),
        ("4111-1111-1111-1111", "[card]"),
        ("4111111111111111", "[card]"),
        ("amex 378282246310005 thanks", "amex [card] thanks"),
        ("room 12 4111 1111 1111 1111 7", "room 12 [card] 7"),
        ("4111 1111 1111 1111 5555 5555 5555 4444", "[card] [card]"),
        ("my number is 123-45-6789", "my number is [id]"),
        ("123 45 6789", "[id]"),
        ("DNI 12345678Z", "DNI [id]"),
        ("dni 12345678-z", "dni [id]"),
        ("NIE X1234567L", "NIE [id]"),
        ("write to ann.b+c@mail.example.org now", "write to [email] now"),
        ("Authorization: Bearer abc.def-123456", "Authorization: Bearer [token]"),
        ("auth_token=abcdef123", "auth_token=[token]"),
        ('{"api_key": "k-1234"}', '{"api_key": "[token]"}'),
        ("wss://x/y?token=abc&z=1", "wss://x/y?token=[token]&z=1"),
        ("password: hunter2", "password: [token]"),
    ],
)
def test_what_gives_a_person_or_a_secret_away_is_masked(text: str, masked: str) -> None:
    assert redact(text) == masked
    assert redact(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I was born in 1984 and paid 20 euros",
        "4111 1111 1111 1112",
        "1700000000000",
        "9111111111111111",
        "call +1 415 555 0123",
        "4155550123",
        "000-45-6789",
        "12345678A",
        "2026-01-31T09:05:07.123+00:00",
        "a token of thanks, a secret, the key",
        "CA0123456789abcdef0123456789abcdef",
        "ann @ home",
        "123456789",
        "3.141592653589793",
    ],
)
def test_what_is_no_such_thing_is_left_alone(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("from +14155550123 to +34 600 100 200", "from [phone] to [phone]"),
        ("(415) 555-0123 or 415.555.0123 or 1-415-555-0123", "[phone] or [phone] or [phone]"),
        ("4155550123", "[phone]"),
        ("at 1700000000 or 2026-01-31 09:05", "at 1700000000 or 2026-01-31 09:05"),
        ("550e8400-e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-446655440000"),
        ("CA0123456789abcdef4155550123abcdef", "CA0123456789abcdef4155550123abcdef"),
    ],
)
def test_telephone_numbers_are_masked_where_they_do_not_belong(text: str, masked: str) -> None:
    assert redact_phones(text) == masked
