"""Several choices, days and moments: what is read back is understood again, and nothing leaves the bounds."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.answers import SURE, Status
from app.domain.conversation import DayRange, MomentRange, NumberRange, Together
from app.domain.grammar import (
    Day,
    Grammar,
    Moment,
    Number,
    Option,
    Several,
    Special,
    inquiry_into,
    meant,
    read_keys,
    read_speech,
)
from app.domain.grammar.calendar_words import calendar_words
from app.domain.grammar.labels import day_label
from app.domain.grammar.tokens import split
from app.domain.grammar.typed import field_order
from app.domain.languages import LANGUAGES, language
from app.flows.asking import LEAST_CONFIDENCE
from tests.domain.questions import LOCALES, NOW, TODAY, USED, question

KEYS = sorted(LOCALES)
DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))
ANY_DAY = Day(date(1900, 1, 1), date(2099, 12, 31), TODAY)
NEW_YORK = ZoneInfo("America/New_York")


def ask(body, key="en", *specials):
    return Grammar(body, key, LOCALES[key], specials)


def typed(body, keys, key="en", *specials):
    reading = read_keys(ask(body, key, *specials), keys)
    return (reading.answer.value if reading.answer else None), reading.may_grow


def heard(body, text, key="en", *specials):
    answer = read_speech(ask(body, key, *specials), text, 1.0).answer
    return answer.value if answer else None


# Read back and heard again


@given(st.sampled_from(KEYS), DAYS)
def test_a_day_that_is_read_back_is_heard_as_that_day(key, day):
    label = day_label(day, language(key))
    assert heard(ANY_DAY, label, key) == day.isoformat()
    assert label == meant(ask(ANY_DAY, key), day.isoformat(), 1.0).label


@given(
    st.sampled_from(KEYS),
    st.integers(0, 30 * 24 * 60),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),  # noqa: DTZ001 - gets its zone below
)
def test_a_moment_that_is_read_back_is_heard_as_that_moment(key, minutes, at):
    now = at.replace(tzinfo=NEW_YORK, fold=0)
    body = Moment(now, (now.astimezone(UTC) + timedelta(days=31)).astimezone(NEW_YORK))
    then = (now.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(NEW_YORK)
    answer = meant(ask(body, key), then.replace(tzinfo=None).isoformat(timespec="minutes"), 1.0)
    if answer is None or then.fold:  # before now by its seconds, or an hour that clocks show twice
        return
    assert heard(body, answer.label, key) == answer.value


@given(st.sampled_from(KEYS), st.sets(st.sampled_from(("lab", "pharmacy", "er")), min_size=1))
def test_choices_that_are_read_back_are_heard_as_those_choices(key, chosen):
    grammar = question("used", key)
    keys = "".join(option.key for option in USED[key] if option.value in chosen)
    answer = read_keys(grammar, keys).answer
    assert set(answer.value) == chosen
    assert read_speech(grammar, answer.label, 1.0).answer.value == answer.value


@given(st.sampled_from(KEYS), st.integers(0, 10_000))
def test_a_number_that_is_read_back_is_heard_as_that_number(key, number):
    label = read_keys(ask(Number(0, 10_000), key), str(number)).answer.label
    assert heard(Number(0, 10_000), label, key) == number


@given(st.sampled_from(KEYS), DAYS)
def test_a_day_that_is_typed_is_that_day(key, day):
    parts = {"d": f"{day.day:02}", "m": f"{day.month:02}", "y": f"{day.year:04}"}
    keys = "".join(parts[part] for part in field_order(LOCALES[key]))
    assert typed(ANY_DAY, keys, key) == (day.isoformat(), False)
    assert typed(ANY_DAY, keys[:-1], key)[1]
    assert heard(ANY_DAY, keys, key) == day.isoformat()


@pytest.mark.parametrize("key", KEYS)
def test_every_order_of_words_can_be_heard(key):
    words = calendar_words(key)
    spoken = language(key)
    hesitations = {word for said in spoken.hesitations for word in split(said)}
    patterns = [
        each for table in (words.by_word, words.by_slot) for listed in table.values() for each in listed
    ]
    assert len(patterns) > 100
    assert [each.parts for each in patterns if not hesitations.isdisjoint(each.parts)] == []


# Nothing outside what is allowed


NAMES = ["used", "pair", "any", "appointment", "birthday", "near", "call_back"]


def is_allowed(body, value):
    match body:
        case Several():
            return set(value) <= {option.value for option in body.options} and len(value) <= body.maximum
        case Day():
            return body.earliest <= date.fromisoformat(value) <= body.latest
        case _:
            return body.now.replace(second=0) <= datetime.fromisoformat(value) <= body.latest


def words_of_times(key):
    said, groups = language(key).calendar, language(key).groups
    lists = [said.near, said.days, said.minutes, said.spans, said.dates, said.ahead, said.clock, said.idle]
    lists += [groups.both, groups.everything, groups.nothing, groups.excepting, groups.finished]
    lists += [part.phrases for part in said.parts]
    lists += [[option.label for option in USED[key]], language(key).numerals.digits, language(key).yes[:9]]
    words = {word for phrases in lists for phrase in phrases for word in phrase.split()}
    return [*sorted(word.rstrip("?") for word in words if "{" not in word), "3/5", "3:30", "15", "2027", "no"]


WORDS = {key: words_of_times(key) for key in KEYS}


@settings(max_examples=400)
@given(st.data(), st.sampled_from(KEYS), st.sampled_from(NAMES))
def test_no_jumble_of_words_raises_or_leaves_the_bounds(data, key, name):
    text = " ".join(data.draw(st.lists(st.sampled_from(WORDS[key]), max_size=7)))
    grammar = question(name, key)
    answer = read_speech(grammar, text, 1.0).answer
    if answer is not None and answer.status is Status.OK:
        assert is_allowed(grammar.body, answer.value)
        assert answer.label


@given(
    st.sampled_from(NAMES), st.text("0123456789*", max_size=9), st.text("0123456789*", min_size=1, max_size=3)
)
def test_keys_stay_in_bounds_and_what_may_not_grow_has_no_longer_answer(name, keys, more):
    grammar = question(name, "en")
    reading = read_keys(grammar, keys)
    if reading.answer is not None and reading.answer.status is Status.OK:
        assert is_allowed(grammar.body, reading.answer.value)
    if not reading.may_grow:
        longer = read_keys(grammar, keys + more)
        assert (longer.answer, longer.may_grow) == (None, False)


# Keys


def test_choices_are_typed_one_after_the_other_and_end_by_themselves_when_all_are_named():
    body = question("used", "en").body
    assert typed(body, "") == (None, True)
    assert typed(body, "1") == (("lab",), True)
    assert typed(body, "21") == (("lab", "pharmacy"), True)
    assert typed(body, "123") == (("lab", "pharmacy", "er"), False)
    assert typed(body, "11") == (("lab",), True)
    assert typed(body, "4") == (None, False)
    assert typed(body, "1" * 61) == (None, False)


def test_an_exclusive_choice_is_alone_or_no_match():
    body = question("used", "en").body
    assert typed(body, "0") == (("none",), False)
    assert typed(body, "01") == (None, False)
    assert typed(body, "10") == (None, False)


def test_fewer_choices_than_are_asked_for_are_no_answer_yet():
    body = Several(USED["en"], frozenset({"none"}), minimum=2, maximum=2)
    assert typed(body, "1") == (None, True)
    assert typed(body, "12") == (("lab", "pharmacy"), False)
    assert typed(body, "0") == (("none",), False)
    assert heard(body, "laboratory") is None
    assert heard(body, "laboratory and pharmacy") == ("lab", "pharmacy")


def test_keys_that_can_be_cut_in_two_ways_choose_nothing():
    body = Several((Option("a", "1", "one"), Option("b", "2", "two"), Option("c", "12", "both")))
    assert typed(body, "12") == (None, True)
    assert typed(body, "2") == (("b",), True)


def test_the_key_of_a_way_out_wins():
    assert read_keys(question("used", "en"), "9").answer.status is Status.REFUSED
    assert read_keys(question("appointment", "en"), "8").answer.status is Status.DONT_KNOW


def test_six_digits_are_a_day_unless_two_centuries_have_it():
    body = Day(date(1900, 1, 1), date(2026, 12, 31), TODAY)
    assert typed(body, "050385") == ("1985-05-03", False)
    assert typed(body, "050305") == (None, False)
    assert typed(body, "050320") == (None, True)
    assert typed(body, "05032006") == ("2006-05-03", False)
    assert typed(body, "023185") == (None, False)


@pytest.mark.parametrize(
    ("locale", "order"),
    [("en-US", "mdy"), ("en-GB", "dmy"), ("es-US", "dmy"), ("de", "dmy"), ("en-XX", "mdy"), ("xx-YY", "ymd")],
)
def test_a_date_is_typed_as_its_locale_writes_it(locale, order):
    assert field_order(locale) == order


def test_four_digits_are_the_next_time_the_clock_shows_them():
    body = Moment(NOW, NOW + timedelta(days=7))
    assert typed(body, "1500") == ("2026-11-18T15:00-05:00", False)
    assert typed(body, "1430") == ("2026-11-19T14:30-05:00", False)
    assert typed(body, "0000") == ("2026-11-19T00:00-05:00", False)
    assert typed(body, "2460") == (None, False)
    assert typed(body, "24") == (None, False)
    assert typed(body, "15") == (None, True)
    assert typed(body, "15000") == (None, False)
    assert typed(body, "*") == (None, False)


def test_a_time_that_clocks_pass_over_is_none():
    now = datetime(2026, 3, 7, 12, tzinfo=NEW_YORK)
    body = Moment(now, now + timedelta(days=7))
    assert heard(body, "tomorrow at 2:30 a.m.") is None
    assert heard(body, "tomorrow at 3:30 a.m.") == "2026-03-08T03:30-04:00"
    assert typed(body, "0230") == (None, False)


# What a model or an operator names


def test_an_inquiry_says_what_is_allowed_of_choices_days_and_moments():
    used = inquiry_into(question("used", "en"), "Which?", "the place with the tubes")
    assert (used.wanted, used.options[0]) == (Together(len(USED["en"])), ("lab", "laboratory"))
    many = Several(tuple(Option(str(at), None, f"place {at}") for at in range(60)), maximum=3)
    some = inquiry_into(ask(many), "Which?", "the place")
    assert (some.wanted, len(some.options)) == (Together(3), 60)
    when = inquiry_into(ask(ANY_DAY, "en", Special(Status.REFUSED, None)), "When?", "some time")
    assert when.wanted == DayRange(ANY_DAY.earliest, ANY_DAY.latest, TODAY)
    assert when.options == (("refused", "no answer"),)
    later = inquiry_into(question("call_back", "en"), "When?", "when I am home")
    assert later.wanted == MomentRange(NOW, NOW + timedelta(days=30))


@pytest.mark.parametrize(
    ("name", "value"), [("appointment", "2026-12-01"), ("call_back", "2026-11-19T15:00")]
)
def test_a_day_that_somebody_else_reckoned_is_asked_back(name, value):
    assert LEAST_CONFIDENCE <= meant(question(name, "en"), value, 1.0).confidence < SURE


def test_what_somebody_else_names_is_held_to_the_bounds():
    used = question("used", "en")
    assert meant(used, "lab", 0.9).value == ("lab",)
    assert meant(used, ("pharmacy", "lab"), 0.9).value == ("lab", "pharmacy")
    assert meant(used, ("none", "lab"), 0.9) is None
    refusable = ask(used.body, "en", Special(Status.REFUSED, None))
    assert meant(refusable, ("refused",), 0.9).status is Status.REFUSED
    assert meant(refusable, ("refused", "lab"), 0.9) is None
    assert meant(used, "nonsense", 0.9) is None
    assert meant(used, 7, 0.9) is None
    assert meant(used, (), 0.9) is None
    assert meant(question("appointment", "en"), "2026-12-01", 0.9).value == "2026-12-01"
    assert meant(question("appointment", "en"), "2020-12-01", 0.9) is None
    assert meant(question("appointment", "en"), "soon", 0.9) is None
    call_back = question("call_back", "en")
    assert meant(call_back, "2026-11-19T20:00+00:00", 0.9).value == "2026-11-19T15:00-05:00"
    assert meant(call_back, "2026-11-19T15:00", 0.9).label == "tomorrow at three in the afternoon"
    assert meant(call_back, "2025-11-19T15:00", 0.9) is None
    assert meant(call_back, "soon", 0.9) is None
    assert meant(call_back, 15, 0.9) is None
    assert meant(call_back, "0001-01-01T00:00+14:00", 0.9) is None
    assert meant(call_back, "9999-12-31T23:59", 0.9) is None


# Words in odd places


def test_a_choice_that_nobody_named_as_none_is_not_taken_for_none():
    body = Several((*USED["en"][:2], Option("other", "0", "something else")), frozenset({"other"}))
    assert heard(body, "none of them") is None
    assert heard(body, "something else") == ("other",)
    two = Several(
        (*USED["en"][:2], Option("no", "0", "none"), Option("nil", "9", "nothing")), frozenset({"no", "nil"})
    )
    assert heard(two, "neither") is None
    assert heard(two, "none") == ("no",)


def test_a_star_that_is_a_choice_is_heard_as_one():
    body = Several((Option("a", "*", "other"), Option("b", "2", "second-rate")))
    assert heard(body, "star and two") == ("a", "b")
    assert heard(body, "press star") == ("a",)


def test_numbers_in_labels_are_no_keys():
    body = Several((Option("a", "1", "one to three"), Option("b", "2", "four or more")))
    assert heard(body, "two") is None
    assert heard(body, "press two") == ("b",)
    assert heard(body, "one to three") == ("a",)


def test_a_key_of_a_way_out_beside_an_answer_is_no_answer():
    specials = (Special(Status.REFUSED, "9"), Special(Status.DONT_KNOW, "8"))
    body = question("used", "en").body
    assert heard(body, "laboratory and nine", "en", *specials) is None
    assert heard(ANY_DAY, "tomorrow, nine", "en", *specials) is None
    assert read_speech(ask(ANY_DAY, "en", *specials), "press nine", 1.0).answer.status is Status.REFUSED
    assert heard(ANY_DAY, "nine or eight", "en", *specials) is None
    assert heard(body, "eight, nine", "en", *specials) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Friday, Monday", None),
        ("tomorrow, tomorrow", "2026-11-19"),
        ("in a year", "2027-11-18"),
        ("a month ago", "2026-10-18"),
        ("2026/12/01", "2026-12-01"),
        ("2026 12 1", "2026-12-01"),
        ("5 3 2027 and more", "2027-05-03"),
        ("1 2 3", None),
        ("13/13/2027", None),
        ("oh five, three, twenty twenty seven", "2027-05-03"),
        ("5 3 2 0 2 7", None),
        ("thirty first of April", None),
    ],
)
def test_days_in_many_words(text, value):
    assert heard(ANY_DAY, text) == value


def test_months_end_on_their_last_day():
    body = Day(date(2020, 1, 1), date(2030, 12, 31), date(2027, 1, 31), "future")
    assert heard(body, "in a month") == "2027-02-28"
    assert heard(body, "February twenty ninth") == "2028-02-29"


def test_a_weekday_is_looked_for_where_the_question_leans():
    for leans, expected in (("future", "2026-11-25"), ("past", "2026-11-11"), ("", "2026-11-18")):
        body = Day(date(2020, 1, 1), date(2030, 12, 31), TODAY, leans)
        assert heard(body, "Wednesday") == expected
    assert heard(question("appointment", "en").body, "Sunday next week") == "2026-11-29"
    on_sunday = Day(TODAY, date(2030, 12, 31), date(2026, 11, 22), "future")
    assert read_speech(ask(on_sunday), "next Friday", 1.0).answer.confidence < 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("at ten at night", "2026-11-18T22:00-05:00"),
        ("at two at night", "2026-11-19T02:00-05:00"),
        ("Friday at two at night", None),
        ("Friday at night", None),
        ("tomorrow morning", "2026-11-19T10:00-05:00"),
        ("tomorrow tonight at eight", None),
        ("this morning", None),
        ("this morning at nine", None),
        ("tomorrow at three and at four", None),
        ("tomorrow morning in the evening", None),
        ("in two hours tomorrow", None),
        ("at 15:30 in the morning", None),
        ("tomorrow at 24:00", None),
        ("at 03:30", "2026-11-19T03:30-05:00"),
        ("ten to three tomorrow afternoon", "2026-11-19T14:50-05:00"),
        ("in nine hundred hours", None),
        ("the thirtieth at ten in the morning, no, at eleven", "2026-11-30T11:00-05:00"),
        ("tomorrow at ten in the morning, no, in two hours", "2026-11-18T16:31-05:00"),
        ("my dog is three", None),
        ("in a fortnight", None),
    ],
)
def test_moments_in_many_words(text, value):
    assert heard(Moment(NOW, NOW + timedelta(days=30)), text) == value


def test_every_language_names_its_own_days_months_and_hours():
    for key in LANGUAGES:
        said = LANGUAGES[key].calendar
        assert {-2, -1, 0, 1, 2} <= set(said.near.values())
        assert {1, 7} <= set(said.days.values())
        assert {1, 12} <= set(said.months_counted.values())
        assert {1, 60} <= set(said.minutes.values())


def test_an_ordinal_among_strange_words_is_no_choice_for_another_was_lost():
    assert heard(question("used", "en").body, "the first and the bakery") is None


def test_what_somebody_else_names_of_a_list_or_a_range_is_held_to_it():
    gender, age, again = question("gender", "en"), question("age", "en"), question("yes_no_specials", "en")
    assert ("f", "female") in inquiry_into(gender, "What?", "a she").options
    assert inquiry_into(age, "How old?", "as old as the hills").wanted == NumberRange(0, 110)
    assert ("no", "no") in inquiry_into(again, "Again?", "hardly").options
    assert meant(gender, "f", 0.9).label == "female"
    assert meant(age, 42, 0.9).value == 42
    assert meant(age, 420, 0.9) is None
    assert meant(again, "yes", 0.9).value is True
    assert meant(again, "refused", 2.0).status is Status.REFUSED
