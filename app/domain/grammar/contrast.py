"""Takes out of a sentence what it only denies: "not thirty but forty", "neither the lab nor the pharmacy"."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app.domain.grammar.amounts import read_amount
from app.domain.grammar.item import SETTLED, Item, says_something
from app.domain.grammar.lexicon import Entry, Kind, Lexicon
from app.domain.grammar.shapes import Grammar, Number, Several, YesNo
from app.domain.grammar.tokens import Words, words_of

_LIGHT = frozenset({Kind.IDLE, Kind.PREFIX})
_OTHERWISE_MEANT = frozenset({Kind.UNKNOWN, Kind.CORRECTION, Kind.SOFT_CORRECTION})
_DENIES = frozenset({Kind.NEGATION, Kind.DENYING})


@dataclass(frozen=True, slots=True)
class _Contrast:
    """What is denied, from the denial's place to before `end`; `has_but` says that the right one follows."""

    start: int
    end: int
    has_but: bool


def uncontrasted(words: Words, items: Sequence[Item], lexicon: Lexicon, grammar: Grammar) -> list[Item]:
    """Return the parts without a denied answer that another one stands against; else all as they are.

    A part that cannot be read might be what the denial is about, so none is taken out beside one.
    """
    body = grammar.body
    if isinstance(body, Several):
        items = _sided(words, _paired(words, items, lexicon), lexicon)
    if isinstance(body, YesNo) or any(item.kind in _OTHERWISE_MEANT for item in items):
        return list(items)
    if isinstance(body, Several):
        nothing = _neither(words, items, lexicon, body)
        if nothing is not None:
            return [nothing]
    found = _contrast(words, items, lexicon)
    if found is None or not _is_one(items[found.start : found.end], lexicon, grammar):
        return list(items)
    before, after = items[: found.start], items[found.end :]
    around = [*before, *after]
    denied = {_said(words, item) for item in items[found.start : found.end]}
    answers = [item for item in around if says_something(item)]
    one_sided = found.has_but or not (any(map(says_something, before)) and any(map(says_something, after)))
    # Of several choices, what stands before a denial is a list, and is weighed with it.
    is_meant = found.has_but if isinstance(body, Several) else one_sided
    said_again = any(_said(words, item) in denied for item in answers)
    follows = not found.has_but or any(map(says_something, after))
    return around if answers and is_meant and follows and not said_again else list(items)


def _paired(words: Words, items: Sequence[Item], lexicon: Lexicon) -> list[Item]:
    """Return the parts with the words that bind two choices idle: "sowohl … als", "tanto … como"."""
    found = list(items)
    for pair in lexicon.language.groups.pairs:
        said = [{words_of(word, lexicon.language)} for word in pair]
        first, second = ([at for at, item in enumerate(items) if _said(words, item) in each] for each in said)
        if len(first) != 1 or len(second) != 1 or first > second:
            continue
        between, after = items[first[0] + 1 : second[0]], items[second[0] + 1 :]
        if any(map(says_something, between)) and any(map(says_something, after)):
            for at in (*first, *second):
                found[at] = replace(items[at], entry=Entry(Kind.IDLE))
    return found


def _sided(words: Words, items: Sequence[Item], lexicon: Lexicon) -> list[Item]:
    """Return what has a yes behind it, where each choice has a yes or a no: "the lab yes, pharmacy no".

    What has a no becomes a strange part, for no and yes may belong to the choice after them.
    """
    spoken_in = lexicon.language
    yes = _plain(lexicon, (spoken_in.yes_label, *spoken_in.sure_yes))
    no = _plain(lexicon, (spoken_in.no_label, *spoken_in.sure_no))
    sides = [item for item in items if item.kind not in _LIGHT or _said(words, item) in yes]
    choices, answers = sides[::2], [_said(words, item) for item in sides[1::2]]
    is_each = len(choices) == len(answers) and all(item.kind is Kind.ANSWER for item in choices)
    if not is_each or not yes.issuperset(set(answers) - no) or not (yes & {*answers} and no & {*answers}):
        return list(items)
    strange = Entry(Kind.UNKNOWN)
    return [
        item if answer in yes else Item(strange, item.start, item.end)
        for item, answer in zip(choices, answers, strict=True)
    ]


def _contrast(words: Words, items: Sequence[Item], lexicon: Lexicon) -> _Contrast | None:
    denials = _plain(lexicon, lexicon.language.denials)
    buts = _plain(lexicon, lexicon.language.buts)
    heavy = [place for place, item in enumerate(items) if item.kind not in _LIGHT]
    known = {*_DENIES, *([Kind.BARE_NO] if lexicon.language.no_denies else [])}
    places = [
        at
        for at, place in enumerate(heavy)
        if items[place].kind in known and _said(words, items[place]) in denials
    ]
    if len(places) != 1 or places[0] + 1 >= len(heavy) or not says_something(items[heavy[places[0] + 1]]):
        return None
    at = places[0]
    but = heavy[at + 2] if at + 2 < len(heavy) else None
    has_but = but is not None and _said(words, items[but]) in buts
    if items[heavy[at]].kind is Kind.BARE_NO and at > 0:
        return None  # "cuarenta, no, treinta"
    end = heavy[at + 2] + 1 if has_but else heavy[at + 1] + 1
    return _Contrast(heavy[at], end, has_but)


def _is_one(denied: Sequence[Item], lexicon: Lexicon, grammar: Grammar) -> bool:
    """Whether the denied number is one, and not two in one breath: "not forty, fifty"."""
    body = grammar.body
    runs = [item.run for item in denied if item.run is not None]
    return not isinstance(body, Number) or all(read_amount(body, run, lexicon.language.key) for run in runs)


def _neither(words: Words, items: Sequence[Item], lexicon: Lexicon, body: Several) -> Item | None:
    """Return "none of them" where every choice is denied by name."""
    said = lexicon.language.groups
    heavy = [item for item in items if item.kind not in _LIGHT]
    nothing: Entry | None = lexicon.entries.get(words_of(said.nothing[0], lexicon.language))
    if not heavy or nothing is None or _said(words, heavy[0]) not in _plain(lexicon, said.neither):
        return None
    nor = _plain(lexicon, said.nor)
    named = [item.entry.answer for item in heavy[1:] if _said(words, item) not in nor]
    denied = {answer.value for answer in named if answer is not None}
    common = {option.value for option in body.options} - body.exclusive
    is_all = None not in named and denied == common and nothing.kind in SETTLED
    return Item(nothing, items[0].start, items[-1].end) if is_all else None


def _plain(lexicon: Lexicon, phrases: Iterable[str]) -> set[Words]:
    return {words_of(phrase, lexicon.language) for phrase in phrases}


def _said(words: Words, item: Item) -> Words:
    return words[item.start : item.end]
