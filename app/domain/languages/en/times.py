"""English: how days, times and several things together are named."""

from app.domain.languages.model import Calendar, DayPart, Groups, Readings

# Word lists fill their lines.
# fmt: off
READINGS = Readings(
    day="{weekday}, the {ordinal} of {month} {year}",
    near_day="{weekday}, the {ordinal} of {month}",
    moment="{day} at {time}",
    time="{hour} {part}",
    time_at_one="{hour} {part}",
    time_and_minutes="{hour}:{minute} {part}",
    parts=(
        (0, "in the morning"), (12, "in the afternoon"), (18, "in the evening"), (22, "at night"),
    ),
    has_24_hours=False,
    near={0: "today", 1: "tomorrow"},
)

CALENDAR = Calendar(
    months={"sept": 9},
    weekdays={"tues": 1, "weds": 2, "thur": 3, "thurs": 3},
    ordinals={},
    ordinal_endings=("",),
    ordinal_marks=("st", "nd", "rd", "th"),
    near={
        "today": 0, "tomorrow": 1, "yesterday": -1, "the day after tomorrow": 2, "day after tomorrow": 2,
        "the day before yesterday": -2, "day before yesterday": -2, "a week from today": 7,
        "a week from tomorrow": 8, "tomorrow week": 8,
    },
    days={"day": 1, "days": 1, "week": 7, "weeks": 7, "fortnight": 14},
    months_counted={"month": 1, "months": 1, "year": 12, "years": 12},
    minutes={"minute": 1, "minutes": 1, "min": 1, "mins": 1, "hour": 60, "hours": 60},
    spans={
        "half an hour": 30, "a half hour": 30, "a half an hour": 30, "an hour and a half": 90,
        "one and a half hours": 90, "a quarter of an hour": 15, "three quarters of an hour": 45,
        "two and a half hours": 150,
    },
    stretches={"half a year": 6, "a half year": 6, "a year and a half": 18, "one and a half years": 18},
    feasts={
        "christmas day": 1225, "christmas eve": 1224, "boxing day": 1226, "new year's day": 101,
        "new year's eve": 1231, "valentine's day": 214, "halloween": 1031,
    },
    counts={"a": 1, "an": 1, "a couple of": 2, "a couple": 2, "couple": 2, "couple of": 2},
    rough_days=(),
    years={"last year": -1, "this year": 0, "next year": 1},
    dates=(
        "on? {feast}", "on? {feast} of? {year}", "on? {feast} of? {which}",
        "on? the? {day} day? of? {month} of? {which}", "on? {month} the? {day} of? {which}",
        "{which} on? the? {day} of? {month}", "{which} on? {month} the? {day}",
        "on? the? {day} of? {month} of? in? {year}", "on? the? {day} day? of? {month}",
        "on? {month} the? {day} of? in? {year}", "on? {month} the? {day}",
        "on? the? {ordinal} of the {nth} of? {year}", "on? the? {ordinal} of the {nth}",
    ),
    days_of_month=("on? the {ordinal}",),
    bare_days=("{ordinal}",),
    ahead=(
        "in {count} {days} time?", "in {count} {months} time?", "in {count} {minutes} time?", "in {span}",
        "{count} {days} from now", "{count} {days} from today", "{count} {months} from now",
        "{count} {months} from today", "{count} {minutes} from now", "{span} from now",
        "in {stretch}", "{stretch} from now", "{count} {days} on {weekday}",
        "{count} {days} from {weekday}", "{count} {days} after {weekday}",
    ),
    back=("{count} {days} ago", "{count} {months} ago", "{stretch} ago"),
    weekday=("on? {weekday}", "on a {weekday}"),
    coming=("on? this coming {weekday}", "on? this {weekday}", "the? coming {weekday}"),
    following=("on? next {weekday}",),
    in_last_week=("on? {weekday} last week", "last week on? {weekday}", "on? {weekday} of last week"),
    in_this_week=("on? {weekday} this week", "this week on? {weekday}", "on? {weekday} of this week"),
    in_next_week=("on? {weekday} next week", "next week on? {weekday}", "on? {weekday} of next week"),
    last=("on? last {weekday}", "on? this past {weekday}", "the? past {weekday}"),
    in_last_month=("on? the? {ordinal} of last month", "last month on? the {ordinal}"),
    in_this_month=("on? the? {ordinal} of this month", "this month on? the {ordinal}"),
    in_next_month=("on? the? {ordinal} of next month", "next month on? the {ordinal}"),
    clock={
        "at? {hour}": 0, "at? {hour} oclock": 0, "at? {hour} o clock": 0,
        "at? {hour} {minute}": 0, "at? {time}": 0, "at? {past} past {hour}": 0, "at? half past {hour}": 30,
        "at? half {hour}": 30, "at? a? quarter past {hour}": 15, "at? a? quarter after {hour}": 15,
        "at? {past} after {hour}": 0, "at? {past} minutes past {hour}": 0, "at? {named}": 0,
        "at? {hour} thirty": 30, "at {hour} hours": 0,
    },
    clock_before={
        "at? a? quarter to {hour}": 15, "at? a? quarter till {hour}": 15, "at? a? quarter of {hour}": 15,
        "at? {fives} to {hour}": 0, "at? {fives} till {hour}": 0, "at? {past} minutes to {hour}": 0,
    },
    named_times={"noon": 720, "midday": 720, "noontime": 720, "twelve noon": 720, "12 noon": 720,
                 "midnight": 1440, "twelve midnight": 1440, "12 midnight": 1440},
    parts=(
        DayPart(("in the morning", "morning", "a m", "am", "in the mornings", "a.m."), 0, 12, 10),
        DayPart(("in the afternoon", "afternoon"), 12, 19, 15),
        DayPart(("p m", "pm"), 12, 24),
        DayPart(("in the evening", "evening", "evenings"), 16, 24, 18),
        DayPart(("at night", "night", "in the night"), 18, 30),
        DayPart(("this morning",), 0, 12, 10, is_today=True),
        DayPart(("this afternoon",), 12, 19, 15, is_today=True),
        DayPart(("this evening",), 16, 24, 18, is_today=True),
        DayPart(("tonight",), 16, 24, 20, is_today=True),
    ),
    idle=(
        "on", "at", "for", "it was on", "i was born", "i was born on", "i was born in", "born", "born on",
        "my birthday is", "my date of birth is", "date of birth", "birthday", "the date is", "date", "day",
        "call me", "call me back", "please call", "call back", "you can call me", "you can call me back",
        "could you call me", "can you call me", "would be good", "is good", "is fine", "works", "is best",
        "would be fine", "would be great", "how about", "let's say", "say", "the year", "year", "works best",
        "would be best", "would work", "i'm free", "i am free", "my time", "exactly", "try me",
    ),
)

GROUPS = Groups(
    both=("both", "both of them", "both of those", "the two of them", "them both", "both please"),
    everything=(
        "all", "all of them", "everything", "every one", "every one of them", "all of those",
        "all of the above", "each of them", "the lot", "all {count}", "all {count} of them", "them all",
        "all of it", "every single one",
    ),
    nothing=(
        "none", "none of them", "none of those", "none of the above", "neither", "neither of them",
        "neither one", "nothing", "not any", "not any of them", "not one of them", "no none", "zero",
        "none at all", "nothing at all",
    ),
    first=("first {count}", "{count} first"),
    last=("last {count}", "{count} last"),
    excepting=("except", "except for", "excepting", "apart from", "other than", "besides", "but",
               "minus", "without", "with the exception of", "save for", "only not"),
    denying=("but not", "not", "and not", "instead of", "rather than"),
    neither=("neither",),
    nor=("nor",),
    pairs=(),
    finished=("that's all", "that is all", "that's it", "that is it", "nothing else", "and nothing else",
              "that'll be all", "that would be all", "that's everything", "only", "no others", "no more",
              "and that's it", "and that's all", "i'm done", "no other"),
)
