"""A model's work for one call: sentences as they come, failures as facts, an end at the source."""

import asyncio

from app.domain.conversation import Brief, Conversation, Extraction, Guess, Inquiry
from app.engine.actions import Ask, Extract, Interpret
from app.engine.events import (
    Extracted,
    Interpreted,
    ReplyEnded,
    ReplySentence,
    ReplyStarted,
    ResponderFailed,
)
from app.session.ports import ResponderError
from app.session.thinker import NoResponder, Thinker

TALK = Conversation(Brief("goal", "en-US"))
INQUIRY = Inquiry("Which?", "the rosy one", "en-US", (("red", "red"),))


class Scripted:
    """Replies in the given pieces; `error` comes after them; a `gate` is waited for before the last piece."""

    def __init__(self, *pieces, error=None, gate=None) -> None:
        self.pieces = pieces
        self.error = error
        self.gate = gate
        self.closed = False
        self.waiting = asyncio.Event()

    async def reply(self, conversation, report):
        try:
            for piece in self.pieces[:-1]:
                yield piece
            if self.gate is not None:
                self.waiting.set()
                await self.gate.wait()
            yield self.pieces[-1]
            if self.error:
                raise self.error
        finally:
            self.closed = True

    async def extract(self, conversation, report):
        if self.error:
            raise self.error
        return Extraction({"incident": "a fall"}, "urgent")

    async def interpret(self, inquiry, report):
        if self.error:
            raise self.error
        return Guess("red", 0.8)


def facts_of(responder, *orders):
    async def main():
        facts = []
        thinker = Thinker(responder, facts.append)
        for order in orders:
            thinker.take(order)
        await thinker.closed()
        return facts

    return asyncio.run(main())


def test_sentences_leave_as_soon_as_what_follows_shows_that_they_are_whole():
    assert facts_of(Scripted("I am", " sorry. Were", " you", " hurt?"), Ask(3, TALK)) == [
        ReplyStarted(3),
        ReplySentence(3, 0, "I am sorry."),
        ReplySentence(3, 1, "Were you hurt?"),
        ReplyEnded(3),
    ]


def test_an_abbreviation_at_the_end_of_a_piece_ends_no_sentence():
    facts = facts_of(Scripted("Ask Dr.", " Smith at 10 a.m.", " tomorrow."), Ask(1, TALK))
    assert [fact.text for fact in facts if isinstance(fact, ReplySentence)] == [
        "Ask Dr. Smith at 10 a.m. tomorrow."
    ]


def test_a_reply_without_a_word_ends_without_a_sentence():
    assert facts_of(Scripted(""), Ask(1, TALK)) == [ReplyStarted(1), ReplyEnded(1)]


def test_the_first_word_is_told_although_its_sentence_is_held_back():
    async def main():
        facts = []
        responder = Scripted("", "One.", gate=asyncio.Event())
        thinker = Thinker(responder, facts.append)
        thinker.take(Ask(7, TALK))
        await responder.waiting.wait()
        thinker.close()
        await thinker.closed()
        return facts

    assert asyncio.run(main()) == [ReplyStarted(7)]


def test_the_first_word_of_another_model_is_told_while_nothing_was_said():
    assert facts_of(Scripted("", "", "One. ", ""), Ask(7, TALK)) == [
        ReplyStarted(7),
        ReplyStarted(7),
        ReplySentence(7, 0, "One."),
        ReplyEnded(7),
    ]


def test_what_came_before_a_failure_is_told_before_it():
    facts = facts_of(Scripted("Well. ", "And ", error=ResponderError("throttled")), Ask(1, TALK))
    assert facts == [ReplyStarted(1), ReplySentence(1, 0, "Well."), ResponderFailed(1, "throttled")]


def test_a_fault_of_the_responder_is_a_fact_of_its_order_alone():
    facts = facts_of(Scripted("x", error=ZeroDivisionError()), Interpret(2, INQUIRY))
    assert facts == [ResponderFailed(2, "error")]


def test_findings_and_meanings_come_under_their_numbers():
    facts = facts_of(Scripted("x"), Extract(4, TALK), Interpret(5, INQUIRY))
    assert facts == [Extracted(4, {"incident": "a fall"}, "urgent"), Interpreted(5, "red", 0.8)]


def test_stopping_closes_the_stream_and_posts_nothing_more():
    async def main():
        facts = []
        responder = Scripted("One. Two", " three", gate=asyncio.Event())
        thinker = Thinker(responder, facts.append)
        thinker.take(Ask(7, TALK))
        await responder.waiting.wait()
        thinker.stop(7)
        thinker.stop(7)
        thinker.take(Ask(8, TALK))
        thinker.close()
        await thinker.closed()
        return facts, responder.closed

    facts, closed = asyncio.run(main())
    assert facts == [ReplyStarted(7), ReplySentence(7, 0, "One.")]
    assert closed


def test_without_a_model_no_conversation_is_held_and_nothing_is_read_into_words():
    facts = facts_of(NoResponder(), Ask(1, TALK), Extract(2, TALK), Interpret(3, INQUIRY))
    assert set(map(repr, facts)) == set(
        map(repr, [ResponderFailed(1, "unavailable"), Extracted(2, {}), Interpreted(3)])
    )
