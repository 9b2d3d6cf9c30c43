"""A scripted interviewer in place of a model: rules and tables, so that every flow runs without an account.

It knows what it asked by its own words and nothing beyond the conversation it is given; it keeps
nothing, so the same conversation always gives the same words.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.answers import LOOSE, Status
from app.domain.call import Value
from app.domain.conversation import (
    Brief,
    Conversation,
    Exit,
    Extraction,
    Field,
    FieldKind,
    Guess,
    Inquiry,
    Role,
)
from app.domain.grammar import (
    Choices,
    FreeText,
    Grammar,
    Number,
    Option,
    Special,
    YesNo,
    find_phrase,
    read_speech,
)
from app.domain.grammar.tokens import split
from app.domain.languages import LANGUAGES, Interview, Language
from app.domain.languages import language as catalogue_of
from app.flows.sentences import split_sentences
from app.flows.talk_compiler import SUMMARY_ABOUT
from app.session.ports import Report

# Authors may describe a way out in any language.
_IDLE_IN_EXITS = frozenset(word for each in LANGUAGES.values() for word in each.interview.idle_in_exits)
_OR_IN_EXITS = frozenset(word for each in LANGUAGES.values() for word in each.interview.or_in_exits)

MOST_ASKS: Final = 2
"""How often a value is asked for before the next one is."""

LEAST_CONFIDENCE: Final = LOOSE
"""What is read from a longer line is at least this sure; nothing is read back here, the caller objects."""

LARGEST_NUMBER: Final = 1_000_000

_SPECIALS: Final = (Special(Status.REFUSED, None), Special(Status.DONT_KNOW, None))
_CUT_WORDS: Final = 3
"""So many words of a question, heard before it was cut off, say which question it was."""


@dataclass(slots=True)
class _Exchange:
    """What the bot said and what the caller said to it."""

    asked: str = ""
    said: str = ""


class ScriptedResponder:
    """Holds a conversation by rules. Implements the port `Responder`.

    It asks for the values of the brief one by one, twice each at most, in the words of their `about` or
    their name, and turns short lines of the caller round as ELIZA did. It reads yes and no, numbers and
    choices by the grammars of questions; text is what the caller said, and a summary quotes. It does not
    understand: it follows no goal or style, asks for no dates, reads only answers to its own questions,
    takes an exit only on the very words of its `when`, and settles no words that a grammar did not.
    What is forbidden it does not talk about, for all its words are its script's, the author's and the
    caller's.
    """

    async def reply(self, conversation: Conversation, report: Report) -> AsyncIterator[str]:  # noqa: ARG002
        """Yield the next line, a sentence at a time. Raises nothing; there is nothing to cancel."""
        for sentence in _Interview(conversation).next_line():
            yield f"{sentence} "

    async def extract(self, conversation: Conversation, report: Report) -> Extraction:  # noqa: ARG002
        """Return the values that the caller's answers held, and an exit that they named."""
        interview = _Interview(conversation)
        return Extraction(interview.values(), interview.exit())

    async def interpret(self, inquiry: Inquiry, report: Report) -> Guess:  # noqa: ARG002
        """Return none of the values: what the grammar did not settle, rules do not settle better."""
        return Guess(None)


class _Interview:
    """One conversation as the rules see it."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._brief: Brief = conversation.brief
        self._words: Language = catalogue_of(self._brief.locale)
        self._script: Interview = self._words.interview
        self._exchanges = _exchanges(conversation)

    def next_line(self) -> tuple[str, ...]:
        """Return what the bot says next, a sentence each."""
        said = self._exchanges[-1].said if self._exchanges else ""
        parts = [self._answer_to(said)] if said else [self._script.opening]
        question = None if self._conversation.turns_left <= 0 else self._question()
        parts += [self._script.leave] if question is None else question
        return tuple(sentence for part in parts for sentence in split_sentences(part))

    def values(self) -> Mapping[str, Value]:
        """Return what the answers to our questions were."""
        found: dict[str, Value] = {}
        for number, exchange in enumerate(self._exchanges):
            wanted = self._field_of(exchange, is_first=number == 0)
            value = None if wanted is None else self._read(wanted, exchange.said)
            if wanted is not None and value is not None:
                found[wanted.name] = value
        quoted = " ".join(exchange.said for exchange in self._exchanges if exchange.said)
        if quoted and (self._conversation.turns_left <= 0 or self._has_no_more):
            found |= {wanted.name: quoted for wanted in self._brief.fields if _is_summary(wanted)}
        return found

    def exit(self) -> str:
        """Return the exit whose `when` the caller's last words named, or nothing."""
        said = frozenset(split(self._exchanges[-1].said)) if self._exchanges else frozenset[str]()
        denied = said & {word for phrase in self._words.negations for word in split(phrase)}
        if denied:
            return ""
        named = (way.name for way in self._brief.exits if any(each <= said for each in _occasions(way)))
        return next(named, "")

    def _question(self) -> list[str] | None:
        """Return the question for the next value, or one for more of the same, or None."""
        known = {**self._conversation.known, **self.values()}
        missing = [wanted for wanted in self._brief.fields if known.get(wanted.name) is None]
        if self._brief.fields and not missing:
            return None
        for wanted in missing:
            asks = sum(self._asks_for(wanted, exchange.asked) for exchange in self._exchanges)
            if asks < MOST_ASKS and _can_be_asked(wanted):
                again = [self._script.once_more] if asks else []
                return [*again, self._question_for(wanted)]
        if self._has_no_more:
            return None
        asked = sum(more in exchange.asked for more in self._script.more for exchange in self._exchanges)
        return [self._script.more[asked % len(self._script.more)]]

    @property
    def _has_no_more(self) -> bool:
        """Whether the caller said that there is nothing to add."""
        last = self._exchanges[-1] if self._exchanges else _Exchange()
        asked_for_more = any(more in last.asked for more in self._script.more)
        return asked_for_more and find_phrase(self._words.key, last.said, self._script.nothing) is not None

    def _answer_to(self, said: str) -> str:
        """Return the caller's words turned round where grammar allows it, else an acknowledgement."""
        wanted = self._field_of(self._exchanges[-1], is_first=len(self._exchanges) == 1)
        reflected = "" if wanted is not None and wanted.kind is not FieldKind.TEXT else self._turned(said)
        if reflected:
            return self._script.reflection.replace("{said}", reflected)
        acknowledges = self._script.acknowledges
        return acknowledges[len(self._exchanges) % len(acknowledges)]

    def _turned(self, said: str) -> str:
        sentences = split_sentences(said)
        words = sentences[0].rstrip(".!…").split() if sentences else []
        plain = [_plain(word) for word in words]
        fits = 1 < len(words) <= self._script.longest_reflection
        # Numbers may be somebody's card or telephone; a question wants an answer, not an echo.
        if not fits or plain[0] not in self._script.reflects or any(c.isdigit() or c == "?" for c in said):
            return ""
        if self._read(Field("", FieldKind.TEXT), said) is None:
            return ""
        return " ".join(_turned_words(words, plain, self._script.turned))

    def _field_of(self, exchange: _Exchange, *, is_first: bool) -> Field | None:
        """Return what the bot's line asked for; an author's opening, the first value if that is text."""
        for wanted in self._brief.fields:
            if self._asks_for(wanted, exchange.asked):
                return wanted
        first = next(iter(self._brief.fields), None)
        is_authors = is_first and bool(exchange.asked) and self._script.opening not in exchange.asked
        if is_authors and first is not None and first.kind is FieldKind.TEXT and not _is_summary(first):
            return first
        return None

    def _asks_for(self, wanted: Field, line: str) -> bool:
        """Whether a line asks for this value, also when the caller cut it off."""
        question = self._question_for(wanted) if _can_be_asked(wanted) else ""
        if not question:
            return False
        if question in line:
            return True
        sentences = split_sentences(line)
        heard = sentences[-1].split() if sentences else []
        return len(heard) >= _CUT_WORDS and question.split()[: len(heard)] == heard

    def _question_for(self, wanted: Field) -> str:
        if wanted.about.rstrip().endswith("?"):
            return " ".join(wanted.about.split())
        asks = self._script.asks if wanted.about else self._script.asks_name
        about = " ".join(wanted.about.split()).rstrip(".")
        *most, last = wanted.choices or ("",)
        choices = f"{', '.join(most)} {self._script.or_word} {last}" if most else last
        filled = asks[wanted.kind].replace("{about}", about).replace("{choices}", choices)
        return filled.replace("{name}", wanted.name.replace("_", " ").strip())

    def _read(self, wanted: Field, said: str) -> Value:
        """Return the value in the caller's words, or None."""
        body = _body_of(wanted)
        if body is None or (isinstance(body, FreeText) and "?" in said):
            return None
        specials = _SPECIALS if isinstance(body, FreeText) else ()
        grammar = Grammar(body, self._words.key, self._brief.locale, specials)
        answer = read_speech(grammar, said, 1.0).answer
        if answer is None or answer.status is not Status.OK or answer.confidence < LEAST_CONFIDENCE:
            return None
        return answer.value


def _exchanges(conversation: Conversation) -> list[_Exchange]:
    found: list[_Exchange] = []
    for line in conversation.lines:
        if not found or (line.role is Role.BOT and found[-1].said):
            found.append(_Exchange())
        last = found[-1]
        if line.role is Role.BOT:
            last.asked = f"{last.asked} {line.text}".strip()
        else:
            last.said = f"{last.said} {line.text}".strip()
    return found


def _is_summary(wanted: Field) -> bool:
    return wanted.about == SUMMARY_ABOUT


def _can_be_asked(wanted: Field) -> bool:
    return _body_of(wanted) is not None and not _is_summary(wanted)


def _body_of(wanted: Field) -> YesNo | Choices | Number | FreeText | None:
    match wanted.kind:
        case FieldKind.TEXT:
            return FreeText()
        case FieldKind.NUMBER:
            return Number(0, LARGEST_NUMBER)
        case FieldKind.BOOLEAN:
            return YesNo()
        case FieldKind.CHOICE:
            return Choices(tuple(Option(each, None, each, (each.lower(),)) for each in wanted.choices))
        case FieldKind.DATE:
            return None


def _occasions(way: Exit) -> tuple[frozenset[str], ...]:
    """Return the words that an exit is taken on: all of one occasion's, of those that `or` parts."""
    occasions: list[set[str]] = [set()]
    for word in split(way.when):
        if word in _OR_IN_EXITS:
            occasions.append(set())
        elif word not in _IDLE_IN_EXITS:
            occasions[-1].add(word)
    return tuple(frozenset(each) for each in occasions if each)


def _plain(word: str) -> str:
    return word.strip(",;:").lower().replace("’", "'")


def _turned_words(words: Sequence[str], plain: Sequence[str], turned: Mapping[str, str]) -> list[str]:
    said: list[str] = []
    at = 0
    while at < len(words):
        for length in (2, 1):
            found = turned.get(" ".join(plain[at : at + length])) if at + length <= len(words) else None
            if found is not None:
                said.append(found + ("," if words[at + length - 1].endswith(",") else ""))
                at += length
                break
        else:
            said.append(words[at])
            at += 1
    return said
