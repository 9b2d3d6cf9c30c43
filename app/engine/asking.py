"""The caller's side of the floor: keys and voice at the open question, and when they settle it."""

from dataclasses import replace

from app.domain.answers import Source
from app.domain.call import Millis
from app.domain.speech import BargeIn
from app.engine import conversing, interpreting
from app.engine.attending import attend, hear
from app.engine.digits import collect, give_up
from app.engine.events import Interpreted
from app.engine.hearing import Ear, adapted_pause
from app.engine.journal import close_turn
from app.engine.scene import Asking, Scene
from app.engine.speaking import may_run_ahead, resume_prompt, speak_next, take
from app.engine.states import Deciding, Hearing, Keying, Listening, Prompting, Running, Thinking
from app.engine.tail import tail_of, untaken
from app.engine.timing import BARGE_IN_VOICED_MS
from app.flows.sprint import Asked, Given, Heard, NoInput, NoMatch, Universal


def settle(scene: Scene, outcome: Given, at: Millis) -> None:
    """Close the turn with this outcome and go where the flow goes next.

    Words that are no answer may mean one all the same: a model is asked before they count as no match.
    """
    asking = scene.question
    scene.stop_playback()
    scene.stop_listening(keep=_is_kept(asking, outcome))
    if not interpreting.begin(scene, asking, outcome, at):
        _close(scene, asking, outcome, at)


def meaning_came(scene: Scene, fact: Interpreted | None, at: Millis) -> None:
    """Take what the words mean; None when that did not come (in time)."""
    scene.inquiry = 0
    asking = scene.question
    _close(scene, asking, interpreting.outcome_of(asking, fact), at)


def _close(scene: Scene, asking: Asking, outcome: Given, at: Millis) -> None:
    close_turn(scene, asking, outcome, at)
    if scene.talk is not None:
        if isinstance(outcome, Heard):
            conversing.caller_said(scene, asking, outcome.raw, at)
            return
        conversing.bank(scene, asking)
        if outcome == Asked(Universal.REPEAT):
            conversing.say_again(scene, at)
            return
    if take(scene, scene.run.resume(outcome), at):
        go_on(scene, at)


def go_on(scene: Scene, at: Millis) -> None:
    """Do what the sprint says, beginning with keys that were typed ahead of its question."""
    keys, scene.type_ahead = scene.type_ahead, ""
    if not keys or not may_run_ahead(scene):
        if scene.waits_for_errand:
            scene.type_ahead = keys
        speak_next(scene, at)
        return
    scene.breaths = ()
    for pressed, key in enumerate(keys, start=1):
        # What is left waits in the buffer: a settled key may flush it, or hand it to the next question.
        scene.type_ahead = keys[pressed:]
        press(scene, key, at)
        if not isinstance(scene.state, Keying):
            return


def key_pressed(scene: Scene, key: str, at: Millis) -> None:
    """Take one key wherever the call is."""
    scene.key_at = at
    if _belongs_to_last_entry(scene, key, at):
        return
    state = scene.state
    if isinstance(state, Deciding | Running):
        scene.type_ahead += key
    elif scene.talk is not None and not _begins_a_request(scene, key):
        # Words are asked for, not keys; but a key silences the bot here as everywhere.
        if isinstance(state, Prompting):
            give_floor(scene, at)
    elif isinstance(state, Thinking):
        _key_over_thought(scene, key, at)
    elif isinstance(state, Prompting):
        _key_over_prompt(scene, key, at)
    elif isinstance(state, Listening | Hearing | Keying) and _takes_keys(scene):
        press(scene, key, at)


def _begins_a_request(scene: Scene, key: str) -> bool:
    asking = scene.asking
    keys = key if asking is None else asking.keyed + key
    return asking is not None and any(request.startswith(keys) for request in asking.expect.universals)


def _key_over_thought(scene: Scene, key: str, at: Millis) -> None:
    if _takes_keys(scene):
        scene.stop_reply()
        scene.stop_inquiry()
        press(scene, key, at)


def _belongs_to_last_entry(scene: Scene, key: str, at: Millis) -> bool:
    """A key of an entry that was over without it says nothing more; nothing waits or falls silent for it."""
    tail, scene.tail = scene.tail, None
    if tail is None or not tail.takes(key):
        return False
    scene.tail = tail.after(key, at)
    return True


def _takes_keys(scene: Scene) -> bool:
    return scene.asking is not None and scene.asking.expect.policy.dtmf


def _key_over_prompt(scene: Scene, key: str, at: Millis) -> None:
    breath = scene.breath
    if breath is None or breath.prompt.bargein is BargeIn.NONE:
        scene.type_ahead = ""
        return
    if breath.is_question and _takes_keys(scene):
        scene.stop_playback()
        press(scene, key, at)
    elif not breath.is_question:
        scene.stop_playback()
        scene.type_ahead += key
        scene.breath = None
        go_on(scene, at)


def press(scene: Scene, key: str, at: Millis) -> None:
    """Add a key to the open question's entry; the first one ends recognition for the turn."""
    asking = scene.question
    asking.barged_in = asking.barged_in or isinstance(scene.state, Prompting)
    scene.stop_listening()
    asking.keyed += key
    asking.keyed_at = at
    outcome = collect(asking.expect, asking.keyed)
    if outcome is None:
        scene.state = Keying(asking.keyed, at + asking.expect.policy.inter_digit_ms)
        return
    _end_entry(scene, asking, outcome)
    settle(scene, outcome, at)


def keys_timed_out(scene: Scene, at: Millis) -> None:
    """No further key came in time: what was pressed is the entry."""
    asking = scene.question
    settle(scene, give_up(asking.expect, asking.keyed), at)


def _end_entry(scene: Scene, asking: Asking, outcome: Given) -> None:
    """Part what belongs to the entry from what was typed ahead of the next; a wrong one flushes it all."""
    entry, ahead = asking.keyed, scene.type_ahead
    if isinstance(outcome, NoMatch):
        entry, ahead = entry + ahead, ""
    tail = tail_of(asking.expect, entry, outcome, scene.key_at)
    scene.tail, scene.type_ahead = untaken(tail, ahead, scene.key_at)


def voice_started(scene: Scene, voiced_ms: Millis, at: Millis) -> None:
    """Voice began: it holds the no-input timer, or will interrupt the prompt if it lasts."""
    asking = scene.asking
    if asking is None or not asking.listening:
        return
    pause = asking.ear.voice_started(at - voiced_ms)
    if pause is not None and asking.ear.text:
        scene.open_ms = adapted_pause(scene.open_ms, pause)
    state = scene.state
    if scene.speech_may_interrupt and isinstance(state, Prompting):
        scene.state = replace(state, barge_at=at + max(0, BARGE_IN_VOICED_MS - voiced_ms))
    elif isinstance(state, Listening):
        hear(scene, at, no_input_at=state.until)
    elif isinstance(state, Hearing):
        hear(scene, at, no_input_at=state.no_input_at)


def voice_ceased(scene: Scene, silence_ms: Millis, at: Millis) -> None:
    """Voice ceased: from here the turn's end is counted."""
    asking = scene.asking
    if asking is None or not asking.listening:
        return
    asking.ear.voice_ceased(at - silence_ms)
    if isinstance(scene.state, Prompting):
        scene.state = replace(scene.state, barge_at=None)
    elif isinstance(scene.state, Hearing):
        hear(scene, at, no_input_at=scene.state.no_input_at)


def interrupt(scene: Scene, at: Millis) -> None:
    """The voice over the prompt has lasted: fall silent and listen."""
    scene.stop_playback()
    scene.question.barged_in = True
    hear(scene, at, no_input_at=None)


def give_floor(scene: Scene, at: Millis) -> None:
    """Fall silent at once, whatever the prompt's rule: it is the caller's turn at the open question.

    Without a question the call goes on behind what was cut. What was cut is not said again.
    """
    scene.stop_playback()
    scene.breath = None
    if scene.asking is None:
        speak_next(scene, at)
        return
    if scene.talk is not None:
        scene.talk.is_bots_turn = False
    scene.breaths = ()
    scene.asking.barged_in = True
    attend(scene, at)


def words_came(scene: Scene, turn: int, at: Millis) -> None:
    """The recogniser's words changed: judge again when this turn ends, or at once when that is past."""
    asking = scene.asking
    if asking is None or asking.turn != turn or not asking.listening:
        return
    state = scene.state
    if isinstance(state, Hearing):
        hear(scene, at, no_input_at=state.no_input_at)
    elif isinstance(state, Listening) and asking.ear.text:
        hear(scene, at, no_input_at=state.until)
    elif isinstance(state, Thinking) and scene.talk is not None and asking.ear.text:
        conversing.caller_goes_on(scene, at)
    elif scene.speech_may_interrupt and not asking.ear.voice_on and _is_an_interruption(scene, asking):
        # A word too short to count as an interruption by its length is one by its meaning.
        interrupt(scene, at)


def _is_an_interruption(scene: Scene, asking: Asking) -> bool:
    words = asking.ear.outcome(asking.expect)
    return words is not None and not conversing.is_backchannel(scene, asking.ear.text)


def recognition_failed(scene: Scene, turn: int, at: Millis) -> None:
    """The recogniser gave up on this turn; what the caller said is lost, keys still work."""
    asking = scene.asking
    if asking is None or asking.turn != turn:
        return
    asking.ear.failed = True
    if isinstance(scene.state, Hearing):
        hear(scene, at, no_input_at=scene.state.no_input_at)


def turn_is_due(scene: Scene, state: Hearing, at: Millis) -> None:
    """The silence (or the patience) is over: judge what was heard."""
    asking = scene.question
    ear, expect = asking.ear, asking.expect
    if state.no_input_at is None and ear.typed_at is None and conversing.is_backchannel(scene, ear.text):
        _false_alarm(scene, state, asking, at)
    elif ear.text or (expect.keep_audio and not ear.voice_on and _is_kept_voice(asking)):
        settle(scene, ear.last_resort(expect), at)
    elif ear.failed and ear.voiced_ms > 0:
        settle(scene, NoMatch(Source.SPEECH, ""), at)
    elif ear.voice_on:
        if state.no_input_at is None:
            _count_false_alarm(asking)
        settle(scene, NoInput(), at)
    else:
        _false_alarm(scene, state, asking, at)


def _false_alarm(scene: Scene, state: Hearing, asking: Asking, at: Millis) -> None:
    asking.ear = Ear()
    if state.no_input_at is None:
        _count_false_alarm(asking)
        resume_prompt(scene, at)
    elif scene.talk is not None and scene.talk.is_bots_turn:
        conversing.arrive(scene, at)
    elif state.no_input_at > at:
        scene.state = Listening(state.no_input_at)
    else:
        settle(scene, NoInput(), at)


def _count_false_alarm(asking: Asking) -> None:
    """What cut the prompt came to nothing: nobody interrupted."""
    asking.false_alarms += 1
    asking.barged_in = False


def _is_kept(asking: Asking, outcome: Given) -> bool:
    return asking.expect.keep_audio and isinstance(outcome, Heard) and outcome.source is not Source.TEXT


def _is_kept_voice(asking: Asking) -> bool:
    return isinstance(asking.ear.last_resort(asking.expect), Heard)
