"""What others wrote is kept whole but for what no log can hold."""

import sys
import unicodedata

import pytest

from app.domain.conversation import Field, FieldKind, accept
from app.domain.keepable import MOST_NUMBER, is_keepable, keepable, keepable_value


def test_all_signs_are_kept_but_controls_and_halves_of_pairs() -> None:
    every = [chr(code) for code in range(sys.maxunicode + 1)]
    left_out = {sign for sign in every if keepable(sign) != sign}
    unfit = {sign for sign in every if unicodedata.category(sign) in {"Cc", "Cs"} and not sign.isspace()}
    assert left_out == unfit
    assert all(is_keepable(sign) == (sign not in unfit) for sign in every)


def test_what_is_left_out_leaves_no_gap() -> None:
    assert keepable("it was \x00late\ud83d,\tI said\n") == "it was late,\tI said\n"
    assert keepable("Gr\u00fc\u00dfe \U0001f600") == "Gr\u00fc\u00dfe \U0001f600"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("a\x00b", "ab"),
        (("a\x00", "b"), ("a", "b")),
        (True, True),
        (None, None),
        (-MOST_NUMBER, -MOST_NUMBER),
        (MOST_NUMBER + 1, None),
        (10**400, None),
        (2.5, 2.5),
        (float("nan"), None),
        (float("-inf"), None),
    ],
)
def test_a_number_beyond_all_columns_is_none(value: object, kept: object) -> None:
    assert keepable_value(value) == kept  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [10**400, -(10**400), "9" * 400, "1e400", float("inf"), float("nan")])
def test_no_number_of_a_conversation_is_beyond_what_a_number_is(value: float | str) -> None:
    assert accept(Field("minutes", FieldKind.NUMBER), value) is None


def test_a_conversations_text_is_one_that_can_be_kept() -> None:
    assert accept(Field("story", FieldKind.TEXT), "it was \x00 late \ud83d") == "it was late"
    assert accept(Field("story", FieldKind.TEXT), "\x00") is None
