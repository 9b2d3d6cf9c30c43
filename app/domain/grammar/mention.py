"""What one mention says of a day or of a time; finds none and settles none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.domain.grammar.calendar_words import Pattern, Said

Slots = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Mention:
    """A day or a time that was named before the word at `end`; `slots` are its parts.

    A year below 100 is one of two digits. `exact` says that the hour is one of 24. `figures` are a date's
    parts by numbers, in the order they came; a single one is a date as it is typed. A `bare` hour
    is a number that nothing marks as a time. An unsure one may mean something else: "three to four", or a
    week by "eight days".
    """

    said: Said
    slots: Slots = field(hash=False)
    end: int
    minutes: int = 0
    exact: bool = False
    figures: tuple[str, ...] = ()
    bare: bool = False
    is_sure: bool = True


def mention_of(pattern: Pattern, slots: Slots, end: int, rough_days: Sequence[int]) -> Mention:
    """Return what a pattern says with these slots; so many `rough_days` may be whole weeks."""
    minutes = pattern.minutes
    exact = False
    values = {name.strip("{}"): value for name, value in slots.items()}
    if "feast" in values:
        values["month"], values["day"] = divmod(values["feast"], 100)
    if pattern.said is Said.CLOCK:
        minutes = pattern.sign * (minutes + values.get("past", values.get("fives", 0))) + values.get(
            "minute", 0
        )
        if "time" in values:
            exact, written = values["time"] >= 10_000, values["time"] % 10_000  # noqa: PLR2004
            values["hour"], minutes = written // 100, written % 100
        if "named" in values:
            exact, values["hour"], minutes = True, values["named"] // 60, values["named"] % 60
        exact = exact or values["hour"] > 12 or values["hour"] == 0  # noqa: PLR2004
    bare = pattern.said is Said.CLOCK and pattern.parts == ("{hour}",)
    is_range = "fives" in values
    is_rough = values.get("days") == 1 and values.get("count") in rough_days
    return Mention(pattern.said, values, end, minutes, exact, bare=bare, is_sure=not (is_range or is_rough))


def rank(mention: Mention) -> tuple[int, bool, int]:
    """The longest mention counts; of those that are alike, one that is more than a bare number."""
    return mention.end, not mention.bare, len(mention.slots)
