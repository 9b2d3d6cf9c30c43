"""How soon a sentence's last word becomes a request for its sound, counted in rounds of the loop."""

import asyncio

import pytest

from app.adapters.aws.bedrock import BedrockResponder
from app.adapters.prompts.cache import PromptCache
from app.adapters.resilience.pace import Pace
from app.adapters.resilience.responder import SteadyResponder
from app.adapters.resilience.synthesizer import SteadySynthesizer
from app.domain.conversation import Brief, Conversation
from app.domain.speech import Prompt, Utterance
from app.engine.actions import Ask, Extend, Play
from app.engine.events import ReplySentence
from app.session.speaker import Speaker
from app.session.thinker import Thinker
from tests.adapters.aws.test_turns import Rounds
from tests.fakes.carrier import FakeCarrier
from tests.fakes.loop import run_virtual

TALK = Conversation(Brief("Learn what happened.", "en-US"))
ROUNDS = 2
"""One for the word to reach who reads the model, one for the task that has the sentence spoken."""


class Model:
    """Stands where AWS's clients give Bedrock's: says what it is handed, when it is handed it."""

    def __init__(self) -> None:
        self.said: asyncio.Queue[dict] = asyncio.Queue()
        self.has_taken = False

    async def client(self, service, region=""):
        return self

    async def converse_stream(self, **order):
        return {"stream": self}

    def __aiter__(self):
        return self

    async def __anext__(self):
        if self.has_taken:
            self.said.task_done()
        event = await self.said.get()
        self.has_taken = True
        return event

    def say(self, text):
        self.said.put_nowait({"contentBlockDelta": {"delta": {"text": text}}})

    async def aclose(self):
        """Nothing is held."""

    def close(self):
        """Nothing is held."""


class Voice:
    """Notes in which round it was asked for what."""

    def __init__(self, rounds) -> None:
        self.rounds = rounds
        self.asked: dict[str, int] = {}
        self.was_asked = asyncio.Event()

    def identity(self, utterance):
        return "voice"

    async def synthesize(self, utterance):
        self.asked[utterance.text] = self.rounds.number
        self.was_asked.set()
        yield bytes(800)


class Ears:
    def bot_audio(self, mulaw, starts_at):
        """Hear nothing."""

    def bot_silenced(self, at):
        """Hear nothing."""


def rounds_until_asked(tmp_path, *pieces):
    """Say these pieces, each once the one before is dealt with; return the rounds from the last to Polly."""

    async def main(clock):
        model, voice = Model(), Voice(Rounds())
        synthesizer = SteadySynthesizer([("polly", voice)], clock, pace=Pace(clock))
        prompts = PromptCache(synthesizer, tmp_path)

        def post(fact):
            if isinstance(fact, ReplySentence):
                utterance = Utterance(fact.text, "en-US", kept=False)
                speaker.extend(Extend(1, (utterance,), is_last=False))

        speaker = Speaker(FakeCarrier(clock), prompts, clock, post, Ears())
        speaker.play(Play(1, Prompt(()), is_open=True))
        thinker = Thinker(SteadyResponder([("llm", BedrockResponder(model))], clock), post)
        thinker.take(Ask(1, TALK))
        *before, last = pieces
        for piece in before:
            model.say(piece)
        await model.said.join()
        assert not voice.asked
        said_in = voice.rounds.number
        model.say(last)
        await voice.was_asked.wait()
        for part in (thinker, speaker):
            part.close()
            await part.closed()
        await prompts.aclose()
        return voice.asked, said_in

    asked, said_in = run_virtual(main)
    (text,) = asked
    return text, asked[text] - said_in


@pytest.mark.parametrize(
    ("pieces", "sentence"),
    [
        (("How", " long", " did", " you", " wait", "?"), "How long did you wait?"),
        (("Tell", " me", " more", "."), "Tell me more."),
        (("Thank", " you", "."), "Thank you."),
        (("You", " waited", " 12", ".", " I"), "You waited 12."),
    ],
)
def test_a_whole_sentence_is_asked_for_at_once(tmp_path, pieces, sentence):
    text, rounds = rounds_until_asked(tmp_path, *pieces)
    assert text == sentence
    assert rounds <= ROUNDS


def test_a_piece_as_long_as_a_reply_leaves_the_loop_to_others_between_its_parts():
    async def main(clock):
        model, rounds = Model(), Rounds()
        reply = BedrockResponder(model).reply(TALK, print)
        model.say("I am here. " * 360)
        words = await anext(reply)
        await reply.aclose()
        return len(words), rounds.number

    length, rounds = run_virtual(main)
    assert length > 3_900
    assert rounds >= 9
