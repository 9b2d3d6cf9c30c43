"""The bot's side of the floor: from a sprint to sound, and from the last sound to the wait."""

from dataclasses import replace

from app.domain.call import Disposition, Millis
from app.domain.speech import BargeIn, Prompt
from app.engine.actions import CallEnded, HangUp, RecordingDecided, StepsEntered, Transfer
from app.engine.attending import attend
from app.engine.bargein import Breath, breaths_of, keys_may_run_ahead, rest_of
from app.engine.events import PromptCut
from app.engine.journal import answer_line, close_turn, flush_turn, heard_in_turn
from app.engine.scene import Scene
from app.engine.states import Closing, Deciding, Ended, Prompting, Running, Thinking, Transferring
from app.engine.timing import (
    COMMIT_MS,
    FIRST_AUDIO_MS,
    PROMPT_MS_PER_CHARACTER,
    PROMPT_SLACK_MS,
    TRANSFER_MS,
)
from app.flows.sprint import Converse, End, Expect, Farewell, RunErrand, Sprint, TransferTo


def take(scene: Scene, sprint: Sprint, at: Millis) -> bool:
    """Log what the sprint settled; return True when the call may go on, False when it waits for the log."""
    if sprint.path:
        scene.record(StepsEntered(sprint.path, sprint.language))
    if sprint.recording is not None:
        scene.recording = sprint.recording
        scene.record(RecordingDecided(sprint.recording))
    record = 0
    for answer in sprint.settled:
        line = answer_line(scene.asking, answer, at)
        record = scene.record(line, durable=answer is sprint.settled[-1])
        if scene.asking is not None and scene.asking.expect.keep_audio:
            scene.wordless = line if answer.value == "" else None
    scene.sprint = sprint
    scene.breaths = breaths_of(sprint)
    scene.breath = None
    scene.open_question(at)
    if record:
        scene.state = Deciding(record, at + COMMIT_MS)
    return not record


def speak_next(scene: Scene, at: Millis) -> None:
    """Speak the next breath, or turn to the wait when all is said."""
    if not scene.breaths:
        _arrive(scene, at)
        return
    breath, scene.breaths = scene.breaths[0], scene.breaths[1:]
    speak(scene, breath, at)


def speak(scene: Scene, breath: Breath, at: Millis) -> None:
    """Speak this breath; the question's turn is heard from its first sound where it may be talked over."""
    play = scene.play(breath)
    wait = scene.sprint.wait if scene.sprint else None
    if isinstance(wait, End) and not scene.breaths:
        scene.state = Closing(play, wait.disposition, scene.cause, at + longest(breath.prompt))
        return
    scene.state = Prompting(play, at + FIRST_AUDIO_MS)
    if breath.is_question:
        if scene.asking and scene.asking.expect.flushes_type_ahead:
            scene.type_ahead = ""
        if breath.prompt.bargein is BargeIn.ANY:
            scene.listen()


def prompt_started(scene: Scene, at: Millis, *, cached: bool) -> None:
    """Note that the line sounds: the caller's last turn has been answered."""
    flush_turn(scene, at, cached=cached)
    state = scene.state
    if isinstance(state, Prompting) and scene.breath is not None:
        if scene.breath.is_question and scene.asking and scene.asking.prompt_started_at is None:
            scene.asking.prompt_started_at = at
        scene.state = replace(state, started=True, until=at + longest(scene.breath.prompt))


def prompt_ended(scene: Scene, at: Millis) -> None:
    """Go on after all of the breath was heard."""
    scene.failed_plays = 0
    breath, scene.breath = scene.breath, None
    if isinstance(scene.state, Closing):
        end(scene, scene.state.disposition, scene.state.cause, at)
        return
    if breath is not None and breath.is_question and scene.asking is not None:
        scene.asking.prompt_ended_at = at
        scene.asking.heard.append(breath.prompt.text)
    speak_next(scene, at)


def prompt_failed(scene: Scene, at: Millis) -> None:
    """Try once more to speak the breath, then apologise if even that can be said, and end."""
    scene.failed_plays += 1
    breath = scene.breath
    if isinstance(scene.state, Closing):
        end(scene, scene.state.disposition, "synthesis failed", at)
    elif scene.failed_plays == 1 and breath is not None:
        speak(scene, breath, at)
    else:
        close(scene, scene.run.farewell(Farewell.ERROR), Disposition.ERROR, "synthesis failed", at)


def prompt_cut(scene: Scene, fact: PromptCut) -> None:
    """Note how much of an interrupted breath was heard, and keep the rest for a false alarm."""
    cut = scene.cut
    if cut is None or cut.play != fact.play:
        return
    scene.cut = None
    if cut.breath.is_question and fact.heard_text:
        heard_in_turn(scene, cut.turn, fact.heard_text)
    if scene.breath is cut.breath:
        scene.breath = rest_of(cut.breath, fact.utterances)


def resume_prompt(scene: Scene, at: Millis) -> None:
    """Go on from the sentence that a false alarm interrupted."""
    breath = scene.breath
    if breath is not None and breath.prompt.utterances:
        speak(scene, breath, at)
    else:
        speak_next(scene, at)


def _arrive(scene: Scene, at: Millis) -> None:
    assert scene.sprint is not None  # noqa: S101 - nothing is spoken before the first sprint
    wait = scene.sprint.wait
    match wait:
        case Expect():
            attend(scene, at)
        case Converse():
            # Whose turn it is, is decided where conversations are held, and at once.
            scene.state = Thinking(0, at)
        case RunErrand(number=number):
            # What becomes of it is decided where errands are looked after, and at once.
            scene.state = Running(number, at)
        case TransferTo():
            scene.orders.append(Transfer(wait.number))
            scene.state = Transferring(at + TRANSFER_MS)
        case End():
            end(scene, wait.disposition, scene.cause, at)


def may_run_ahead(scene: Scene) -> bool:
    """Say whether keys pressed already may answer the question that is now due."""
    return scene.sprint is not None and keys_may_run_ahead(scene.sprint, scene.breaths)


def close(scene: Scene, last_words: Prompt, disposition: Disposition, cause: str, at: Millis) -> None:
    """Say the last words, uninterrupted by what was under way, and end: from here the flow is over."""
    scene.stop_playback()
    scene.stop_models()
    scene.stop_listening()
    _leave_question(scene, at)
    scene.cause = cause
    scene.sprint = Sprint(End("", disposition), (last_words,))
    scene.breaths = breaths_of(scene.sprint)
    speak_next(scene, at)


def end(scene: Scene, disposition: Disposition, cause: str, at: Millis) -> None:
    """End the call: exactly one disposition, exactly one hang-up, whatever was under way."""
    scene.stop_playback()
    scene.stop_models()
    scene.stop_listening()
    _leave_question(scene, at)
    flush_turn(scene)
    scene.record(CallEnded(disposition, cause), durable=True)
    scene.orders.append(HangUp(disposition))
    scene.state = Ended(disposition)


def _leave_question(scene: Scene, at: Millis) -> None:
    if scene.asking is not None:
        close_turn(scene, scene.asking, None, at)
        scene.asking = None
    scene.talk = scene.errand = None


def longest(prompt: Prompt) -> Millis:
    """Return how long a playback may take before its marks count as lost."""
    characters = sum(len(utterance.text) for utterance in prompt.utterances)
    return PROMPT_SLACK_MS + PROMPT_MS_PER_CHARACTER * characters
