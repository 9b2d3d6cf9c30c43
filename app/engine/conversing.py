"""A conversation with a model: whose turn it is, what is spoken while it still thinks, when it is over.

The model's words are spoken sentence by sentence as they come. What it found in the caller's words
travels apart from what is spoken, and the flow checks it; the model decides no way.
"""

from dataclasses import replace
from typing import TypeAlias

from app.domain.call import Millis
from app.domain.conversation import Role
from app.domain.languages import language as catalogue_of
from app.domain.speech import Prompt
from app.engine.actions import Ask, Extend, Extract
from app.engine.attending import attend, hear
from app.engine.bargein import Breath
from app.engine.events import Extracted, ReplyEnded, ReplySentence, ReplyStarted, ResponderFailed
from app.engine.journal import answer_line, close_turn, note_latency
from app.engine.scene import Asking, Scene
from app.engine.speaking import speak_next, take
from app.engine.states import Deciding, Listening, Prompting, Thinking
from app.engine.talk import Talk
from app.engine.timing import (
    COMMIT_MS,
    EXTRACTION_MS,
    FIRST_AUDIO_MS,
    FIRST_TOKEN_MS,
    PROMPT_MS_PER_CHARACTER,
    REPLY_SOUNDS_MS,
    SENTENCE_MS,
)
from app.flows.sprint import Conversed, ConverseFailed

TalkFact: TypeAlias = ReplyStarted | ReplySentence | ReplyEnded | Extracted | ResponderFailed
"""What a model has to say to a conversation."""

MOST_FAILURES = 2
"""A model that fails so often in a row is not asked again (dialogue-rules.md, conversation)."""


def arrive(scene: Scene, at: Millis) -> None:
    """All is said that was to be said: over, or the model's turn, or the caller's."""
    talk, asking = scene.conversation, scene.question
    if asking.heard:
        talk.is_bots_turn = False
    if talk.is_done or (talk.is_spent(at) and not talk.is_bots_turn):
        conclude(scene, at)
    elif talk.is_bots_turn:
        _think(scene, talk, at)
    else:
        attend(scene, at)


def caller_said(scene: Scene, asking: Asking, words: str, at: Millis) -> None:
    """Take the caller's turn: what it brought is looked for while the model finds its answer.

    Words of a caller who goes on before the bot answered belong to the turn that was begun.
    """
    talk = scene.conversation
    if asking.heard or asking.barged_in or not (talk.is_bots_turn and talk.turns):
        talk.turns += 1
    bank(scene, asking)
    talk.said(Role.CALLER, words)
    talk.is_bots_turn = True
    scene.next_turn(at)
    if talk.brings_something:
        scene.stop_asking(talk.extraction)
        talk.extraction = scene.number()
        scene.orders.append(Extract(talk.extraction, talk.so_far()))
    if not talk.is_spent(at):
        _think(scene, talk, at)
    elif talk.extraction:
        scene.state = Thinking(talk.extraction, at + EXTRACTION_MS)
    else:
        conclude(scene, at)


def bank(scene: Scene, asking: Asking) -> None:
    """Keep what the caller heard of the bot's turn, now that it is over."""
    talk = scene.conversation
    talk.said(Role.BOT, " ".join(asking.heard))
    talk.is_bots_turn = False


def say_again(scene: Scene, at: Millis) -> None:
    """Say the bot's last line again, or have the model speak when it has none."""
    talk = scene.conversation
    words = scene.run.voiced(talk.bots_last_line)
    scene.next_turn(at)
    talk.is_bots_turn = True
    if words:
        _speak(scene, talk, Prompt(words, talk.wait.expect.prompt.bargein), at, is_open=False)
    else:
        _think(scene, talk, at)


def take_fact(scene: Scene, talk: Talk, fact: TalkFact, at: Millis) -> None:
    """Take what a model has to say to this conversation; what nobody waits for changes nothing."""
    if fact.ask == talk.reply:
        match fact:
            case ReplyStarted():
                _reply_started(scene, talk, at)
            case ReplySentence():
                _sentence_came(scene, talk, fact.text, at)
            case ReplyEnded():
                _reply_ended(scene, talk, at)
            case ResponderFailed(reason=reason):
                _reply_failed(scene, talk, reason, at)
            case Extracted():  # a finding never carries a reply's number
                pass
    elif fact.ask == talk.extraction and isinstance(fact, Extracted | ResponderFailed):
        talk.extraction = 0
        is_waited_for = isinstance(scene.state, Thinking) and scene.state.ask == fact.ask
        if isinstance(fact, Extracted):
            _learn(scene, talk, fact, at)
        # What was not found may be found after the caller's next turn.
        if is_waited_for or (talk.is_done and isinstance(scene.state, Thinking | Listening)):
            conclude(scene, at)


def thought_is_due(scene: Scene, state: Thinking, at: Millis) -> None:
    """Decide whose turn it is, or go on without a model that is too slow."""
    if not state.ask:
        arrive(scene, at)
    elif state.ask == scene.conversation.reply:
        give_up(scene, "slow", at)
    else:
        conclude(scene, at)


def caller_goes_on(scene: Scene, at: Millis) -> None:
    """The caller had not finished: hear them out instead of answering half of it."""
    talk = scene.conversation
    scene.stop_reply()
    hear(scene, at, no_input_at=at + talk.wait.expect.policy.first_input_ms)


def is_backchannel(scene: Scene, words: str) -> bool:
    """Say whether words over the bot's voice only say that the caller listens ("mhm")."""
    said = " ".join(words.casefold().strip(" .,!").split())
    return scene.talk is not None and said in catalogue_of(scene.talk.wait.brief.locale).backchannels


def conclude(scene: Scene, at: Millis) -> None:
    """The conversation is over: the flow goes on once what it brought is committed."""
    talk = scene.conversation
    _leave(scene, talk, at)
    if take(scene, scene.run.resume(Conversed(talk.exit)), at):
        if talk.learned > scene.committed:
            scene.state = Deciding(talk.learned, at + COMMIT_MS)
        else:
            speak_next(scene, at)


def give_up(scene: Scene, reason: str, at: Millis) -> None:
    """Go where the flow goes when the conversation cannot be held."""
    _leave(scene, scene.conversation, at)
    if take(scene, scene.run.resume(ConverseFailed(reason)), at):
        speak_next(scene, at)


def _reply_started(scene: Scene, talk: Talk, at: Millis) -> None:
    note_latency(scene, "first_token", at - talk.asked_at)
    if isinstance(scene.state, Thinking):
        scene.state = Thinking(talk.reply, talk.asked_at + SENTENCE_MS)


def _sentence_came(scene: Scene, talk: Talk, text: str, at: Millis) -> None:
    """Speak the sentence, behind the one that is being spoken, unless the caller speaks."""
    state, asking = scene.state, scene.question
    words = scene.run.voiced(text)
    if not words:
        return
    if isinstance(state, Thinking) and asking.ear.voice_on:
        caller_goes_on(scene, at)
    elif isinstance(state, Thinking):
        note_latency(scene, "first_sentence", at - talk.asked_at)
        _speak(scene, talk, Prompt(words, talk.wait.expect.prompt.bargein), at, is_open=True)
    elif isinstance(state, Prompting) and state.play == talk.open_play and scene.breath is not None:
        said = scene.breath.prompt
        scene.breath = replace(scene.breath, prompt=replace(said, utterances=said.utterances + words))
        asking.expect = replace(asking.expect, prompt=scene.breath.prompt)
        scene.orders.append(Extend(state.play, words))
        scene.state = replace(state, until=state.until + PROMPT_MS_PER_CHARACTER * len(text))


def _reply_ended(scene: Scene, talk: Talk, at: Millis) -> None:
    """The reply is whole; one without a sentence is a failure."""
    if isinstance(scene.state, Thinking):
        _reply_failed(scene, talk, "garbled", at)
    else:
        talk.reply = 0
        _close_reply(scene, talk)


def _learn(scene: Scene, talk: Talk, fact: Extracted, at: Millis) -> None:
    """Keep what the flow accepts of it; a way out must be one that the author named."""
    last_words = next((line.text for line in reversed(talk.lines) if line.role is Role.CALLER), "")
    for answer in scene.run.learn(fact.values, last_words):
        talk.known[answer.slot] = answer.value
        talk.learned = scene.record(answer_line(None, answer, at), durable=True)
    if fact.exit in {way.name for way in talk.wait.brief.exits}:
        talk.exit = fact.exit


def _close_reply(scene: Scene, talk: Talk) -> None:
    """Let the open playback end: nothing more comes."""
    state = scene.state
    if isinstance(state, Prompting) and state.play == talk.open_play:
        scene.orders.append(Extend(state.play, (), is_last=True))
    talk.open_play = 0


def _leave(scene: Scene, talk: Talk, at: Millis) -> None:
    asking = scene.question
    scene.stop_reply()
    scene.stop_asking(talk.extraction)
    talk.extraction = 0
    scene.stop_listening()
    if asking.heard:
        close_turn(scene, asking, None, at, ended_as="concluded")


def _reply_failed(scene: Scene, talk: Talk, reason: str, at: Millis) -> None:
    talk.reply = 0
    talk.failures += 1
    if not isinstance(scene.state, Thinking):
        _close_reply(scene, talk)
    elif talk.failures < MOST_FAILURES:
        _ask(scene, talk, at)
    else:
        give_up(scene, reason, at)


def _think(scene: Scene, talk: Talk, at: Millis) -> None:
    talk.asked_at = at
    talk.failures = 0
    _ask(scene, talk, at)


def _ask(scene: Scene, talk: Talk, at: Millis) -> None:
    """Ask for a reply, once more perhaps: the caller has waited since `asked_at` in either case."""
    talk.reply = scene.number()
    scene.orders.append(Ask(talk.reply, talk.so_far()))
    scene.state = Thinking(talk.reply, min(at + FIRST_TOKEN_MS, talk.asked_at + SENTENCE_MS))
    scene.listen()


def _speak(scene: Scene, talk: Talk, prompt: Prompt, at: Millis, *, is_open: bool) -> None:
    play = scene.play(Breath(prompt, 0, is_question=True), is_open=is_open)
    talk.open_play = play if is_open else 0
    scene.question.expect = replace(scene.question.expect, prompt=prompt)
    due = min(at + FIRST_AUDIO_MS, talk.asked_at + REPLY_SOUNDS_MS) if is_open else at + FIRST_AUDIO_MS
    scene.state = Prompting(play, due)
    scene.listen()
