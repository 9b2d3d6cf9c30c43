import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.answers import Status
from app.domain.grammar import Choices, Digits, FreeText, Grammar, Number, Option, Special, YesNo, read_keys

NINES = (Special(Status.REFUSED, "999"),)
MENU = Choices((Option("a", "1", "one"), Option("b", "2", "two"), Option("c", None, "three")))


def asked(body, *specials) -> Grammar:
    return Grammar(body, "en", "en-US", specials)


def read(body, keys, *specials):
    reading = read_keys(asked(body, *specials), keys)
    return (reading.answer.value if reading.answer else None), reading.may_grow


def test_a_one_key_menu_never_waits():
    assert read(MENU, "1") == ("a", False)
    assert read(MENU, "2", Special(Status.REFUSED, "9")) == ("b", False)
    assert read(YesNo(), "1") == (True, False)
    assert read(YesNo(), "2") == (False, False)


def test_a_key_that_is_no_choice_is_no_match_at_once():
    assert read(MENU, "7") == (None, False)
    assert read(YesNo(), "3") == (None, False)


def test_a_menu_with_longer_keys_waits_only_where_they_begin_alike():
    menu = Choices((Option("a", "1", "one"), Option("b", "12", "twelve"), Option("c", "3", "three")))
    assert read(menu, "1") == ("a", True)
    assert read(menu, "12") == ("b", False)
    assert read(menu, "3") == ("c", False)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("", (None, True)),
        ("9", (9, True)),
        ("95", (95, False)),
        ("11", (11, True)),  # 110 is in bounds
        ("10", (10, True)),
        ("110", (110, False)),
        ("111", (None, False)),
        ("0", (0, False)),
        ("05", (None, False)),
        ("*", (None, False)),
        ("1*", (None, False)),
        ("٣", (None, False)),
        ("9" * 5000, (None, False)),
    ],
)
def test_a_number_ends_as_soon_as_no_longer_one_can_match(keys, expected):
    assert read(Number(0, 110), keys) == expected


def test_an_impossible_prefix_of_a_number_is_no_match():
    assert read(Number(18, 30), "4") == (None, False)
    assert read(Number(18, 30), "2") == (None, True)
    assert read(Number(18, 30), "0") == (None, False)
    assert read(Number(-5, -1), "") == (None, False)


def test_a_special_outside_the_range_is_heard_and_waited_for():
    reading = read_keys(asked(Number(0, 110), *NINES), "999")
    assert reading.answer is not None
    assert (reading.answer.status, reading.answer.value) == (Status.REFUSED, None)
    assert read(Number(0, 110), "99", *NINES) == (99, True)
    assert read(Number(0, 110), "95", *NINES) == (95, False)


def test_a_special_that_clashes_with_a_value_always_wins():
    reading = read_keys(asked(Number(0, 1000), *NINES, Special(Status.DONT_KNOW, "999")), "999")
    assert reading.answer is not None
    assert reading.answer.status is Status.REFUSED


def test_digits_keep_their_leading_zeros_and_end_at_their_length():
    assert read(Digits(4, 4), "012") == (None, True)
    assert read(Digits(4, 4), "0123") == ("0123", False)
    assert read(Digits(4, 4), "01234") == (None, False)
    assert read(Digits(2, 4), "01") == ("01", True)
    assert read_keys(asked(Digits(4, 4)), "0123").answer.label == "0 1 2 3"


def test_free_text_takes_no_keys_but_its_specials():
    assert read(FreeText(), "1") == (None, False)
    assert read(FreeText(), "9") == (None, False)
    reading = read_keys(asked(FreeText(), Special(Status.REFUSED, "9")), "9")
    assert reading.answer is not None
    assert reading.answer.label == "no answer"


keys = st.text("0123456789*", max_size=6)
bounds = st.tuples(st.integers(-20, 3000), st.integers(-20, 3000)).map(sorted)
bodies = st.one_of(
    st.just(YesNo()),
    st.just(FreeText()),
    bounds.map(lambda pair: Number(*pair)),
    st.tuples(st.integers(1, 6), st.integers(1, 6)).map(sorted).map(lambda pair: Digits(*pair)),
    st.lists(keys, max_size=6).map(
        lambda names: Choices(tuple(Option(str(at), key, f"o{at}") for at, key in enumerate(names)))
    ),
)
specials = st.lists(st.builds(Special, st.sampled_from([Status.REFUSED, Status.DONT_KNOW]), keys), max_size=2)


@given(bodies, specials, keys, st.text("0123456789*", min_size=1, max_size=3))
def test_what_may_not_grow_has_no_longer_answer(body, ways_out, typed, more):
    grammar = Grammar(body, "en", "en-US", tuple(ways_out))
    if not read_keys(grammar, typed).may_grow:
        longer = read_keys(grammar, typed + more)
        assert longer.answer is None
        assert not longer.may_grow


@given(st.integers(0, 2500), st.integers(0, 2500), st.integers(0, 2500))
def test_what_may_grow_has_a_longer_answer(prefix, one, other):
    body = Number(min(one, other), max(one, other))
    typed = str(prefix)
    if read_keys(asked(body), typed).may_grow:
        longer = [typed + str(more).zfill(width) for width in (1, 2, 3) for more in range(10**width)]
        assert any(read_keys(asked(body), each).answer for each in longer)


@given(st.integers(0, 10_000))
def test_the_digits_of_every_number_are_read_back(value):
    assert read(Number(0, 10_000), str(value))[0] == value
