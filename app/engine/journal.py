"""Turns what happened at a question into the lines of the log: one per turn, one per answer."""

from dataclasses import replace

from app.domain.answers import Answer
from app.domain.call import Millis
from app.engine.actions import AnswerGiven, TurnTaken
from app.engine.events import ProviderReported
from app.engine.scene import Asking, Scene, Unanswered
from app.flows.sprint import Asked, Given, Heard, NoInput, NoMatch, Skipped

_MASK = "[sensitive]"


def close_turn(
    scene: Scene, asking: Asking, outcome: Given | None, at: Millis, *, ended_as: str = "left"
) -> None:
    """Remember the turn's line until its answer is heard; None means that it `ended_as` something else."""
    source, raw = _given(asking, outcome)
    latency, given_at = _waited(asking, source, at)
    understood = outcome.understood.label if isinstance(outcome, Heard) else ""
    hidden = asking.expect.sensitive
    turn = TurnTaken(
        turn=asking.turn,
        step=asking.expect.step,
        kind=asking.expect.kind,
        prompt=asking.expect.prompt.text,
        heard=" ".join(asking.heard),
        input=_MASK if hidden and raw else raw,
        source=source,
        understood=_MASK if hidden and understood else understood,
        outcome=_name(outcome) or ended_as,
        barged_in=asking.barged_in,
        false_alarms=asking.false_alarms,
        asked_at=asking.asked_at,
        prompt_ended_at=asking.prompt_ended_at,
        answered_at=at,
        latency_ms=latency,
    )
    flush_turn(scene)
    scene.unanswered = Unanswered(turn, given_at)


def _waited(asking: Asking, source: str, at: Millis) -> tuple[dict[str, Millis], Millis]:
    """Return what the caller waited for so far, and since when: their last sound, key or line.

    A key that settles its entry ends the turn at once; behind any other a next key was waited for.
    """
    ear, inquired_at = asking.ear, asking.inquired_at
    latency: dict[str, Millis] = {}
    given_at = at
    if source == "key":
        given_at = at if asking.keyed_at is None else asking.keyed_at
        if given_at < at:
            latency["end_of_turn"] = at - given_at
    elif source in ("text", "model") and ear.typed_at is not None:
        given_at = ear.typed_at
    elif source in ("speech", "model") and ear.typed_at is None and ear.voice_ended_at is not None:
        given_at = ear.voice_ended_at
        latency["end_of_turn"] = max(0, (at if inquired_at is None else inquired_at) - given_at)
        if ear.words_at is not None:
            latency["recognition"] = max(0, ear.words_at - given_at)
    if inquired_at is not None:
        latency["interpretation"] = at - inquired_at
    return latency, given_at


_SERVED = {
    "recognition": "stt",
    "interpretation": "llm",
    "first_token": "llm",
    "first_sentence": "llm",
}
"""Which service each stage is the time of."""

CACHE = "cache"
"""Who served a sound that lay ready."""


def flush_turn(scene: Scene, sounded_at: Millis | None = None, *, cached: bool = False) -> None:
    """Write the waiting turn's line; `sounded_at` is when the next sound left, if one did."""
    waiting = scene.unanswered
    if waiting is None:
        return
    scene.unanswered = None
    turn = waiting.turn
    if sounded_at is not None:
        latency = turn.latency_ms | {
            "first_audio": sounded_at - turn.answered_at,
            "total": sounded_at - waiting.input_ended_at,
        }
        turn = replace(turn, latency_ms=latency)
    scene.record(replace(turn, providers=_providers(scene, turn, cached=cached)))


def note_provider(scene: Scene, fact: ProviderReported) -> None:
    """Note who serves from here on."""
    if fact.event == "served":
        scene.serving[fact.service] = fact.detail


def _providers(scene: Scene, turn: TurnTaken, *, cached: bool) -> dict[str, str]:
    """Return who served this turn, by service; nothing where nobody ever told."""
    if not scene.serving:
        return {}
    services = {_SERVED[stage] for stage in turn.latency_ms if stage in _SERVED}
    found = {service: name for service, name in sorted(scene.serving.items()) if service in services}
    if "first_audio" in turn.latency_ms and (cached or "tts" in scene.serving):
        found["tts"] = CACHE if cached else scene.serving["tts"]
    return found


def note_latency(scene: Scene, stage: str, ms: Millis) -> None:
    """Add a stage that the waiting turn's answer took."""
    waiting = scene.unanswered
    if waiting is not None:
        latency = waiting.turn.latency_ms | {stage: ms}
        scene.unanswered = replace(waiting, turn=replace(waiting.turn, latency_ms=latency))


def heard_in_turn(scene: Scene, turn: int, text: str) -> None:
    """Add to what the caller heard of a turn's question, whether it is still open or just over."""
    waiting = scene.unanswered
    if scene.asking is not None and scene.asking.turn == turn:
        scene.asking.heard.append(text)
    elif waiting is not None and waiting.turn.turn == turn:
        heard = f"{waiting.turn.heard} {text}".strip()
        scene.unanswered = replace(waiting, turn=replace(waiting.turn, heard=heard))


def late_words(scene: Scene, turn: int, text: str, confidence: float) -> None:
    """Add the words to an answer that was kept as sound; the flow has gone on and does not hear of them."""
    line = scene.wordless
    if line is not None and line.turn == turn and text.strip():
        said = text.strip()
        answer = replace(line.answer, value=said, label=said, raw=said, confidence=confidence)
        scene.wordless = None
        scene.record(replace(line, answer=answer))


def answer_line(asking: Asking | None, answer: Answer, at: Millis) -> AnswerGiven:
    """Return the answer with its question's times; `asking` is None when a flow settled it by itself."""
    started_at = at if asking is None else asking.prompt_started_at or asking.asked_at
    return AnswerGiven(
        turn=asking.turn if asking else 0,
        answer=answer,
        prompt_started_at=started_at,
        prompt_ended_at=asking.prompt_ended_at if asking else None,
        answered_at=at,
        latency_ms=max(0, at - ((asking.prompt_ended_at if asking else None) or started_at)),
    )


def _given(asking: Asking, outcome: Given | None) -> tuple[str, str]:
    match outcome:
        case Heard() | NoMatch():
            return outcome.source.value, outcome.raw
        case Asked():
            keys = asking.keyed
            return ("key", keys) if keys else (asking.ear.source.value, asking.ear.text)
        case Skipped():
            return "key", asking.expect.policy.end_key
        case NoInput():
            return "none", ""
        case None:
            return "none", asking.ear.text or asking.keyed


def _name(outcome: Given | None) -> str:
    match outcome:
        case Heard():
            return "answer"
        case NoMatch():
            return "no_match"
        case NoInput():
            return "no_input"
        case Skipped():
            return "skipped"
        case Asked():
            return outcome.universal.value
        case None:
            return ""
