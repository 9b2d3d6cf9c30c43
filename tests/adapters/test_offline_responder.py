"""The scripted interviewer: what it asks, what it reads, what it says back, and what it leaves alone."""

import asyncio

import pytest

from app.adapters.offline.responder import MOST_ASKS, ScriptedResponder
from app.domain.conversation import (
    Brief,
    Conversation,
    Exit,
    Field,
    FieldKind,
    Guess,
    Inquiry,
    Line,
    Role,
    accept,
)
from app.domain.languages import LANGUAGES
from app.flows.talk_compiler import SUMMARY_ABOUT
from app.session.ports import Responder

INCIDENT = Field("incident", FieldKind.TEXT, "What happened?")
ROOMS = Field("room_count", FieldKind.NUMBER)
CALL = Field("want_call", FieldKind.BOOLEAN, "May we call you?")
MOOD = Field("mood", FieldKind.CHOICE, choices=("happy", "sad", "tired"))
DAY = Field("day", FieldKind.DATE, "When was it?")
SUMMARY = Field("why_summary", FieldKind.TEXT, SUMMARY_ABOUT)


class Talk:
    """A conversation that goes on as long as the test gives it lines."""

    def __init__(self, *fields, exits=(), locale="en-US", turns=6, said=()):
        self.brief = Brief("goal", locale, fields=fields, exits=exits)
        self.lines = list(said)
        self.turns_left = turns
        self.responder: Responder = ScriptedResponder()

    @property
    def now(self):
        return Conversation(self.brief, tuple(self.lines), {}, self.turns_left)

    def bot(self):
        async def spoken():
            return "".join([piece async for piece in self.responder.reply(self.now, lambda _: None)])

        line = asyncio.run(spoken()).strip()
        self.lines.append(Line(Role.BOT, line))
        return line

    def caller(self, words):
        self.lines.append(Line(Role.CALLER, words))
        self.turns_left -= 1
        return asyncio.run(self.responder.extract(self.now, lambda _: None))

    def exchange(self, words):
        return self.caller(words).values, self.bot()


def values_of(wanted, words, locale="en-US"):
    talk = Talk(wanted, locale=locale)
    talk.bot()
    return talk.caller(words).values.get(wanted.name)


def test_it_asks_for_each_value_in_the_authors_words_or_by_its_name():
    talk = Talk(INCIDENT, ROOMS, CALL, MOOD)
    assert talk.bot() == "Thank you for taking the time. What happened?"
    values, line = talk.exchange("The heating broke")
    assert values == {"incident": "The heating broke"}
    assert line.endswith("Which number should I note for room count?")
    values, line = talk.exchange("uh, three of them")
    assert values["room_count"] == 3
    assert line.endswith("May we call you?")
    values, line = talk.exchange("yes please")
    assert values["want_call"] is True
    assert line.endswith("What should I note for mood: happy, sad or tired?")
    values, line = talk.exchange("I am rather sad")
    assert values == {"incident": "The heating broke", "room_count": 3, "want_call": True, "mood": "sad"}
    assert line.endswith(LANGUAGES["en"].interview.leave)


def test_what_it_finds_is_of_its_fields_type():
    for wanted, words in ((INCIDENT, "It broke"), (ROOMS, "twelve"), (CALL, "no"), (MOOD, "tired")):
        found = values_of(wanted, words)
        assert found is not None
        assert accept(wanted, found) == found


@pytest.mark.parametrize(
    ("about", "question"),
    [
        ("what went wrong.", "Please tell me this: what went wrong."),
        ("What went wrong?", "What went wrong?"),
        ("", "Please tell me about the incident."),
    ],
)
def test_a_question_is_made_of_what_the_author_wrote(about, question):
    assert Talk(Field("incident", FieldKind.TEXT, about)).bot().endswith(question)


def test_one_choice_is_asked_for_by_itself():
    line = Talk(Field("mood", FieldKind.CHOICE, "how you are", ("fine",))).bot()
    assert line.endswith("Please tell me this: how you are. Is it fine?")


def test_what_is_no_answer_is_asked_once_more_and_then_left():
    talk = Talk(ROOMS, CALL)
    talk.bot()
    values, line = talk.exchange("I have no idea")
    assert values == {}
    assert "Let me ask that once more. Which number" in line
    values, line = talk.exchange("really none that I know")
    assert line.endswith("May we call you?")
    assert sum("Which number" in each.text for each in talk.lines) == MOST_ASKS


@pytest.mark.parametrize("words", ["I don't know", "I'd rather not say", "Why do you ask?"])
def test_a_way_out_and_a_question_are_no_text(words):
    assert values_of(INCIDENT, words) is None


def test_a_yes_lost_in_a_long_sentence_is_no_yes():
    assert values_of(CALL, "well maybe, it depends on who it would be") is None


def test_an_opening_of_the_authors_asks_for_the_first_text():
    opening = (Line(Role.BOT, "I am sorry. Please tell me."),)
    assert Talk(INCIDENT, said=opening).caller("It broke").values == {"incident": "It broke"}
    assert Talk(CALL, INCIDENT, said=opening).caller("It broke").values == {}
    assert Talk(said=opening).caller("It broke").values == {}


def test_who_hears_only_the_greeting_has_answered_nothing():
    talk = Talk(INCIDENT, said=(Line(Role.BOT, LANGUAGES["en"].interview.opening),))
    assert talk.caller("Hello?").values == {}
    assert talk.caller("who is there").values == {}


def test_a_question_cut_off_by_its_answer_is_still_known():
    wanted = Field("wait", FieldKind.NUMBER, "About how many minutes did you wait?")
    cut = Talk(INCIDENT, wanted, said=(Line(Role.BOT, "I see. About how many"),))
    assert cut.caller("twenty").values == {"wait": 20}
    barely = Talk(CALL, wanted, said=(Line(Role.BOT, "I see. About"),))
    assert barely.caller("twenty").values == {}


def test_words_in_two_breaths_are_one_answer():
    talk = Talk(INCIDENT)
    talk.bot()
    talk.caller("It broke")
    assert talk.caller("and then it burned").values == {"incident": "It broke and then it burned"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("I was told to wait for my doctor.", "So you were told to wait for your doctor."),
        ("My bill, I think, was wrong", "So your bill, you think, was wrong."),
        ("We called you twice, me and my wife", "So you called us twice, you and your wife."),
        ("I think you were rude to me", "So you think we were rude to you."),
        ("I waited. Nobody came.", "So you waited."),
    ],
)
def test_a_short_line_is_turned_round(words, said):
    talk = Talk(INCIDENT)
    talk.bot()
    assert talk.exchange(words)[1].startswith(said)


@pytest.mark.parametrize(
    "words",
    [
        "The doctor was late",
        "I",
        "I gave you 4111 already",
        "I wonder, is that recorded?",
        "I don't know",
        "I waited and waited and waited and waited and waited and waited and waited",
        "?!",
    ],
)
def test_what_cannot_be_turned_round_is_acknowledged(words):
    talk = Talk(INCIDENT)
    talk.bot()
    assert talk.exchange(words)[1].startswith(LANGUAGES["en"].interview.acknowledges)


def test_a_yes_is_acknowledged_and_not_turned_round():
    talk = Talk(CALL, ROOMS)
    talk.bot()
    assert talk.exchange("I would like that, yes")[1].startswith(LANGUAGES["en"].interview.acknowledges)


def test_it_takes_its_leave_when_no_turn_is_left():
    talk = Talk(INCIDENT, CALL, turns=1)
    talk.bot()
    line = talk.exchange("It broke")[1]
    assert line.endswith(LANGUAGES["en"].interview.leave)
    assert "?" not in line


def test_it_asks_for_no_dates_and_reads_none():
    talk = Talk(DAY)
    assert "When was it?" not in talk.bot()
    assert talk.caller("2026-11-22").values == {}


def test_what_is_known_already_is_not_asked_for():
    conversation = Conversation(Brief("goal", "en-US", fields=(INCIDENT, CALL)), (), {"incident": "a"}, 3)

    async def spoken():
        return "".join([piece async for piece in ScriptedResponder().reply(conversation, lambda _: None)])

    assert "May we call you?" in asyncio.run(spoken())


def test_without_values_it_asks_for_more_until_there_is_no_more():
    talk = Talk()
    lines = [talk.bot(), talk.exchange("It was loud")[1], talk.exchange("A wall")[1]]
    for line, more in zip(lines, LANGUAGES["en"].interview.more, strict=True):
        assert line.endswith(more)
    assert talk.exchange("no that's all")[1].endswith(LANGUAGES["en"].interview.leave)


def test_a_summary_quotes_what_was_said_once_all_is_said():
    before = (Line(Role.BOT, "Why?"), Line(Role.CALLER, "It was loud."))
    talk = Talk(SUMMARY, turns=2, said=before)
    assert talk.bot().endswith(LANGUAGES["en"].interview.more[0])
    assert talk.caller("The street.").values == {}
    talk.bot()
    assert talk.caller("A wall.").values == {"why_summary": "It was loud. The street. A wall."}
    early = Talk(SUMMARY, turns=3, said=before)
    early.bot()
    assert early.caller("nothing else").values == {"why_summary": "It was loud. nothing else"}


EXITS = (Exit("urgent", "the caller describes an emergency or chest pain"), Exit("talk", "asks for Ann"))


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("This is an emergency!", "urgent"),
        ("I have a pain in my chest", "urgent"),
        ("is Ann there", "talk"),
        ("I have a pain", ""),
        ("it is not an emergency", ""),
        ("my chest is fine", ""),
    ],
)
def test_an_exit_is_taken_on_its_own_words_alone(words, name):
    talk = Talk(exits=EXITS)
    talk.bot()
    assert talk.caller(words).exit == name


def test_an_exit_that_says_nothing_of_its_own_is_never_taken():
    talk = Talk(exits=(Exit("any", "the caller says that"),))
    talk.bot()
    assert talk.caller("that is what the caller says").exit == ""


def test_no_words_and_no_lines_bring_nothing():
    found = asyncio.run(ScriptedResponder().extract(Talk(INCIDENT, exits=EXITS).now, lambda _: None))
    assert (dict(found.values), found.exit, found.used) == ({}, "", None)


def test_it_speaks_spanish():
    talk = Talk(
        Field("incidente", FieldKind.TEXT, "¿Qué pasó?"), Field("llamar", FieldKind.BOOLEAN), locale="es-US"
    )
    assert talk.bot() == "Gracias por su tiempo. ¿Qué pasó?"
    values, line = talk.exchange("Esperé dos horas a mi médico")
    assert values == {"incidente": "Esperé dos horas a mi médico"}
    assert line == "Así que esperó dos horas a su médico. Conteste sí o no, por favor: llamar."
    assert talk.exchange("claro que sí")[0]["llamar"] is True


def test_the_same_conversation_brings_the_same_words():
    lines = [Talk(INCIDENT, CALL).bot() for _ in range(2)]
    assert lines[0] == lines[1]


def test_it_settles_nothing_that_a_grammar_did_not():
    inquiry = Inquiry("Happy?", "I guess", "en-US", (("yes", "yes"),))
    assert asyncio.run(ScriptedResponder().interpret(inquiry, lambda _: None)) == Guess(None)


def test_every_language_of_the_house_has_a_whole_script():
    for script in (known.interview for known in LANGUAGES.values()):
        assert script.asks.keys() == script.asks_name.keys() == set(FieldKind) - {FieldKind.DATE}
        assert all("{about}" in text for text in script.asks.values())
        assert all("{name}" in text for text in script.asks_name.values())
        assert "{choices}" in script.asks[FieldKind.CHOICE]
        assert "{choices}" in script.asks_name[FieldKind.CHOICE]
        assert "{said}" in script.reflection
        assert len(set(script.more)) == len(script.more)
