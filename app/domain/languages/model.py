"""What a language has to bring along for the telephone: words that are heard and words the engine says.

All phrases are written as people write them, with accents and apostrophes; readers normalise them.
Where order counts, the likeliest comes first.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.answers import Status
from app.domain.conversation import FieldKind


@dataclass(frozen=True, slots=True)
class Numerals:
    """How a language says whole numbers.

    `digits` are the words for 0 to 9; `small` are further words that stand alone (teens, variants);
    `tens` take a digit after them, joined by one of `tens_joiners` or by nothing when there are none.
    `hundreds` are words for whole hundreds; `hundred` multiplies what stands before it, as `scales` do.
    `joiners` may stand after a hundred or a scale. `ones` mean 1 before a hundred or a scale only.
    `zeros` mean 0 next to other digits only. `repeats` say the next digit several times. `alone` maps
    words that may be a number, but only as a whole answer: how recognisers misspell it, or "none".
    """

    digits: tuple[str, ...]
    small: Mapping[str, int]
    tens: Mapping[str, int]
    tens_joiners: tuple[str, ...] = ()
    hundreds: Mapping[str, int] | None = None
    hundred: tuple[str, ...] = ()
    scales: Mapping[str, int] | None = None
    joiners: tuple[str, ...] = ()
    ones: tuple[str, ...] = ()
    zeros: tuple[str, ...] = ()
    repeats: Mapping[str, int] | None = None
    alone: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class DayPart:
    """A part of the day: hours from `first` to before `end`, counted on past midnight.

    `usual` is the hour that is proposed when nothing else was said, None where none is likelier. `is_today`
    marks "this evening".
    """

    phrases: tuple[str, ...]
    first: int
    end: int
    usual: int | None = None
    is_today: bool = False


@dataclass(frozen=True, slots=True)
class Calendar:
    """How a language names days and times. CLDR brings the months and weekdays, num2words the ordinals.

    `months`, `weekdays` (Monday is 0) and `ordinals` are further spellings; `ordinal_endings` are appended to
    each ordinal, and when there are none, ordinals are `ordinals` alone. `ordinal_marks` follow a numeral
    ("3rd"). `near` counts from today. `days` and `months_counted` are units and what they count, as
    `minutes`, `spans` are whole stretches in minutes, `stretches` in months; `feasts` always fall on the same
    day (1225). `counts` are words for a count that are no number. So many `rough_days` may be whole weeks
    ("in eight days"); `years` count from this one.

    The others are word orders. A word with `?` may be left out. Slots are `{day}`, `{ordinal}`, `{nth}` (a
    month by its number), `{month}`, `{year}`, `{which}` (of `years`), `{weekday}`, `{near}`, `{count}`,
    `{days}`, `{months}`, `{minutes}`, `{span}`, `{stretch}`, `{feast}`; of a time `{hour}`, `{minute}` (two
    digits), `{past}` (any), `{fives}` (by fives), `{time}` ("3:30"), `{named}`. `bare_days` count only behind
    a weekday, ordinals also behind a correction. `coming` is the first such weekday after today, `following`
    may be the one after; units ahead may count from a `{weekday}`. `clock` and `clock_before` give the
    minutes that come on top of an hour or are taken from it; `named_times` are minutes from midnight (1440:
    the next one). `idle` words mean nothing beside a day or a time.
    """

    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    ordinals: Mapping[str, int]
    ordinal_endings: tuple[str, ...]
    ordinal_marks: tuple[str, ...]
    near: Mapping[str, int]
    days: Mapping[str, int]
    months_counted: Mapping[str, int]
    minutes: Mapping[str, int]
    spans: Mapping[str, int]
    stretches: Mapping[str, int]
    feasts: Mapping[str, int]
    counts: Mapping[str, int]
    rough_days: tuple[int, ...]
    years: Mapping[str, int]
    dates: tuple[str, ...]
    days_of_month: tuple[str, ...]
    bare_days: tuple[str, ...]
    ahead: tuple[str, ...]
    back: tuple[str, ...]
    weekday: tuple[str, ...]
    coming: tuple[str, ...]
    following: tuple[str, ...]
    in_last_week: tuple[str, ...]
    in_this_week: tuple[str, ...]
    in_next_week: tuple[str, ...]
    last: tuple[str, ...]
    in_last_month: tuple[str, ...]
    in_this_month: tuple[str, ...]
    in_next_month: tuple[str, ...]
    clock: Mapping[str, int]
    clock_before: Mapping[str, int]
    named_times: Mapping[str, int]
    parts: tuple[DayPart, ...]
    idle: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Groups:
    """How several choices are named together. `{count}` is their number.

    `nothing` is none of them; `excepting` takes away what follows, after `everything` only, and `denying`
    says that it was not chosen ("the lab but not the pharmacy"). `neither` and `nor` deny choices by name,
    and each of `pairs` binds two of them ("sowohl", "als"). `finished` says that no more is coming.
    """

    both: tuple[str, ...]
    everything: tuple[str, ...]
    nothing: tuple[str, ...]
    first: tuple[str, ...]
    last: tuple[str, ...]
    excepting: tuple[str, ...]
    denying: tuple[str, ...]
    neither: tuple[str, ...]
    nor: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    finished: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Readings:
    """How answers of several parts are read back; every form is understood when it is said again.

    `day` holds `{weekday}`, `{ordinal}`, `{day}`, `{month}`, `{year}`; `near_day` is the same without a year.
    `moment` holds `{day}` and `{time}`; `time` holds `{hour}` and `{part}`, as does `time_at_one`;
    `time_and_minutes` also `{minute}`. `parts` are the parts of the day by their first hour. `has_24_hours`
    says that hours are counted through. `near` are the words for days by their distance from today.
    """

    day: str
    near_day: str
    moment: str
    time: str
    time_at_one: str
    time_and_minutes: str
    parts: tuple[tuple[int, str], ...]
    has_24_hours: bool
    near: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Universals:
    """Words for the requests that a caller may make at any question.

    Those that are also `alone` are requests only when nothing else is said: others begin or end with them.
    """

    repeat: tuple[str, ...]
    help: tuple[str, ...]
    operator: tuple[str, ...]
    opt_out: tuple[str, ...]
    alone: tuple[str, ...]


HOLES: Mapping[str, tuple[str, ...]] = {"confirm": ("answer",), "choice": ("choice", "key")}
"""The prompts that hold something, and what: each `{name}` stands exactly once."""


@dataclass(frozen=True, slots=True)
class EnginePrompts:
    """What the engine says when the flow's author wrote nothing for it. `{answer}` is the answer's label.

    `no_input` and `no_match` escalate. `apology` is for an error of ours, `welcome_back` for a call that
    goes on after an interruption. What begins with `talk_` belongs to a conversation, where no key is an
    answer: `talk_over` ends one that cannot go on. `choice` says `{choice}` and the `{key}` that chooses it;
    `call_back` asks when to call again, in words or by the four keys of a time. `one_moment` is for a caller
    who waits for something that takes its time; `lost_too_often` ends a call whose line will not hold.
    """

    confirm: str
    no_input: tuple[str, ...]
    no_match: tuple[str, ...]
    help: str
    keypad_only: str
    goodbye: str
    apology: str
    time_is_up: str
    lines_busy: str
    transfer: str
    transfer_failed: str
    welcome_back: str
    opted_out: str
    skipped: str
    talk_no_input: tuple[str, ...]
    talk_no_match: tuple[str, ...]
    talk_help: str
    talk_over: str
    choice: str
    call_back: str
    one_moment: str
    lost_too_often: str


@dataclass(frozen=True, slots=True)
class Interview:
    """What the scripted interviewer says in one language, and how it turns a caller's words round.

    `asks` holds the question for a value from what the author says of it (`{about}`), `asks_name` from
    its name alone (`{name}`); both may name its `{choices}`. `reflects` are the first words of a line
    that may be said back with `turned` words; at most `longest_reflection` words, for grammar does not
    reach further. `idle_in_exits` carry nothing in an author's words for a way out (in plain letters),
    `or_in_exits` stand between two occasions of one.
    """

    opening: str
    acknowledges: tuple[str, ...]
    reflection: str
    once_more: str
    asks: Mapping[FieldKind, str]
    asks_name: Mapping[FieldKind, str]
    or_word: str
    more: tuple[str, ...]
    leave: str
    nothing: tuple[str, ...]
    reflects: frozenset[str]
    turned: Mapping[str, str]
    longest_reflection: int
    idle_in_exits: tuple[str, ...]
    or_in_exits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sounds:
    """How a language is spoken and heard by what needs no account, and by the carrier.

    `voice` is espeak-ng's, `regional` those for other locales (lower case). `phones` are its sounds (IPA)
    in the phones of an American acoustic model, several being alternatives, and `weights` its bias and its
    weights for the gap of scores and for the phones' distance; `is_the_models_own` says that the model, its
    dictionary and its language model are of this very language. The carrier's own voice speaks
    `carrier_locale`. `dot` and `at` are said in addresses. `script` is what its letters are called by
    Unicode.
    """

    voice: str
    regional: Mapping[str, str]
    phones: Mapping[str, tuple[str, ...]]
    weights: tuple[float, float, float]
    is_the_models_own: bool
    carrier_locale: str
    dot: str
    at: str
    script: str = "LATIN"


@dataclass(frozen=True, slots=True)
class Language:
    """One language.

    `key` is its ISO 639-1 code, `locale` the one that is meant when none is named; `yes_label` and `no_label`
    are how an answer is read back. `yes` and `no` are whole answers; those that begin with a word of
    `sure_yes` or `sure_no` also count inside a longer sentence. `weak_yes` counts only when nothing else was
    said ("okay, no" is no), as does `loose_yes`, which is asked back and settles nothing beside a no. `idle`
    words mean nothing by themselves; `joined` writes sounds or words of two as one. `negations` and `doubts`
    forbid an answer in their sentence. `corrections` replace what was said before them; `soft_corrections` do
    so only when a plain answer follows. In a contrast, `denials` deny the answer right after them, and the
    other is meant, after one of `buts` or by itself ("not thirty but forty", "forty, not thirty").
    `no_denies` says that a bare no does so, too. `other_amounts` make a number beside them another, or none;
    `vague_amounts` blur the one after them; `adverse` words make a choice another. `holds` ask for a moment.
    `key_prefixes` stand before the name of a key, `key_names` are the keys that are no digits. `ordinals`
    count from the first, each with its variants; `ordinal_nouns` may follow them. `out_of` names a scale's
    end ("out of ten"). `decimal_marks` part a number from its fraction. `backchannels` do not take the turn.
    Words of `glued` may be written together as one ("zweihundertdrei").
    """

    key: str
    name: str
    locale: str
    yes_label: str
    no_label: str
    yes: tuple[str, ...]
    sure_yes: tuple[str, ...]
    weak_yes: tuple[str, ...]
    loose_yes: tuple[str, ...]
    no: tuple[str, ...]
    sure_no: tuple[str, ...]
    specials: Mapping[Status, tuple[str, ...]]
    special_labels: Mapping[Status, str]
    idle: tuple[str, ...]
    hesitations: tuple[str, ...]
    joined: Mapping[str, str]
    negations: tuple[str, ...]
    doubts: tuple[str, ...]
    corrections: tuple[str, ...]
    soft_corrections: tuple[str, ...]
    denials: tuple[str, ...]
    buts: tuple[str, ...]
    no_denies: bool
    other_amounts: tuple[str, ...]
    vague_amounts: tuple[str, ...]
    adverse: tuple[str, ...]
    holds: tuple[str, ...]
    key_prefixes: tuple[str, ...]
    key_names: Mapping[str, str]
    ordinals: tuple[tuple[str, ...], ...]
    last: tuple[str, ...]
    ordinal_nouns: tuple[str, ...]
    out_of: tuple[str, ...]
    decimal_marks: str
    numerals: Numerals
    universals: Universals
    backchannels: tuple[str, ...]
    prompts: EnginePrompts
    readings: Readings
    calendar: Calendar
    groups: Groups
    interview: Interview
    sounds: Sounds
    glued: tuple[str, ...] = ()
