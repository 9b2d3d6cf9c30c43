"""From plain words to the parts of a sentence that count at one question; judges nothing."""

from collections.abc import Sequence

from app.domain.answers import Understood
from app.domain.grammar.calendar_reader import calendar_reader
from app.domain.grammar.contrast import uncontrasted
from app.domain.grammar.item import SETTLED, Item, says_something
from app.domain.grammar.keys import language_of
from app.domain.grammar.lexicon import Entry, Kind, Lexicon
from app.domain.grammar.numerals import NumberReader, cardinal_of
from app.domain.grammar.part_of_label import owners_of
from app.domain.grammar.shapes import Choices, Day, Digits, Grammar, Moment, Number, Several
from app.domain.grammar.tokens import Words

_MOST_OF_A_LABEL = 4
_UNKNOWN = Entry(Kind.UNKNOWN)
_IDLE = Entry(Kind.IDLE)
_NUMBER = Entry(Kind.NUMBER)
_CALENDAR = Entry(Kind.CALENDAR)


def scan(words: Words, lexicon: Lexicon, reader: NumberReader, grammar: Grammar) -> list[Item]:
    """Return the parts of the sentence from left to right, each as long as it can be."""
    items: list[Item] = []
    at = 0
    while at < len(words):
        spoken = [each.kind for each in items if each.kind is not Kind.IDLE]
        named = bool(spoken) and spoken[-1] is Kind.PREFIX
        item = _item_at(words, at, lexicon, reader, grammar)
        dated = None if named else _dated_at(words, at, grammar)
        if dated is not None and (dated.end > item.end or item.kind not in SETTLED):
            item = dated
        if item.kind is Kind.NUMBER:
            item = Item(item.entry, item.start, item.end, item.run, named=named)
            if _closes_a_scale(items, item, grammar):
                items[-1] = Item(_IDLE, items[-1].start, items[-1].end)
                item = Item(_IDLE, item.start, item.end)
        items.append(item)
        at = item.end
    items = uncontrasted(
        words, [_settle_vague(items, place) for place in range(len(items))], lexicon, grammar
    )
    return [_settle_no(words, items, place, lexicon, grammar) for place in range(len(items))]


def last_word(items: Sequence[Item]) -> list[Item] | None:
    """Return what stands after the last correction, or None when the speaker broke off there.

    It is the end of `items`, so what it replaces is all that stands before.
    """
    begin = 0
    for place, item in enumerate(items):
        soft = item.kind is Kind.SOFT_CORRECTION
        if item.kind is Kind.CORRECTION or (soft and any(_replaces(each) for each in items[place:])):
            begin = place + 1
    rest = list(items[begin:])
    broken_off = begin > 0 and not any(each.kind not in {Kind.IDLE, Kind.PREFIX} for each in rest)
    return None if broken_off else rest


def _settle_no(words: Words, items: list[Item], place: int, lexicon: Lexicon, grammar: Grammar) -> Item:
    """A bare no beside an answer corrects ("three, no, four"; "no, four"); any other denies.

    Where the language's no also denies a noun, one before a choice may mean "no pharmacy", "no good".
    """
    item = items[place]
    if item.kind is not Kind.BARE_NO:
        return item
    before, following = items[:place], items[place + 1 : place + 2]
    several = isinstance(grammar.body, Several)
    may_deny = lexicon.denies(words[item.start : item.end])
    around = [*before, *([] if several else following)]
    corrects = any(says_something(each) for each in around)
    names_none = isinstance(grammar.body, Choices) and _leads_to_a_choice(before, following)
    corrects = corrects and not (may_deny and (several or names_none))
    kind = Kind.CORRECTION if corrects else Kind.NEGATION
    return Item(Entry(kind, weak=may_deny and lexicon.language.no_denies), item.start, item.end)


def _settle_vague(items: Sequence[Item], place: int) -> Item:
    """Words that blur a number do so right before it only: "gut fünfzig", but "gut, ich bin fünfzig"."""
    item = items[place]
    if item.kind is not Kind.VAGUE:
        return item
    blurs = any(each.kind is Kind.NUMBER for each in items[place + 1 : place + 2])
    return Item(_UNKNOWN if blurs else _IDLE, item.start, item.end)


def _leads_to_a_choice(before: Sequence[Item], following: Sequence[Item]) -> bool:
    return not any(map(says_something, before)) and any(each.kind is Kind.ANSWER for each in following)


def _replaces(item: Item) -> bool:
    """Whether this part corrects after a mere "sorry": "no, sorry, that's fine" still means no."""
    return says_something(item) and not item.entry.whole


def _item_at(words: Words, at: int, lexicon: Lexicon, reader: NumberReader, grammar: Grammar) -> Item:
    match = lexicon.match(words, at)
    run = reader.run(words, at)
    counts = isinstance(grammar.body, Number | Digits)
    if run is not None and not counts and run.end == at + 1 and words[at] in reader.ones:
        run = None  # "una mujer" counts nothing
    if run is not None and (
        match is None or run.end > match[1] or (run.end == match[1] and match[0].kind is not Kind.ANSWER)
    ):
        return Item(_NUMBER, at, run.end, run)
    if match is None:
        return _part_at(words, at, grammar) or Item(_UNKNOWN, at, at + 1)
    entry, end = match
    return Item(entry, at, end)


def _part_at(words: Words, at: int, grammar: Grammar) -> Item | None:
    """Return the longest part of a label that begins here, where several choices are named in a row."""
    if not isinstance(grammar.body, Several):
        return None
    for end in range(min(at + _MOST_OF_A_LABEL, len(words)), at, -1):
        owners = owners_of(words[at:end], grammar)
        if len(owners) == 1:
            answer = Understood(owners[0].value, owners[0].label)
            return Item(Entry(Kind.ANSWER, answer), at, end, is_part=True)
    return None


def _dated_at(words: Words, at: int, grammar: Grammar) -> Item | None:
    """Return the day or time that is named here, where the question asks for one."""
    if not isinstance(grammar.body, Day | Moment):
        return None
    reader = calendar_reader(language_of(grammar).key)
    found = reader.at(words, at, with_times=isinstance(grammar.body, Moment))
    if found.dangling:
        return Item(_CALENDAR, at, len(words), dangling=True)
    if found.mention is None or found.mention.end == at:
        return None
    return Item(_CALENDAR, at, found.mention.end, mention=found.mention)


def _closes_a_scale(items: list[Item], item: Item, grammar: Grammar) -> bool:
    """Whether this number is the "ten" of "eight out of ten"."""
    if not isinstance(grammar.body, Number) or item.run is None or not items:
        return False
    is_scale = items[-1].kind is Kind.OUT_OF and any(each.kind is Kind.NUMBER for each in items)
    return is_scale and cardinal_of(item.run) == str(grammar.body.maximum)
