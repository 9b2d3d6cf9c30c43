"""What a live call is doing and asking, as plain values for a page; knows neither sockets nor subscribers."""

from typing import Any, Final, TypeAlias

from app.domain.call import Millis
from app.domain.grammar import Choices, Day, Digits, Moment, Number, Several, YesNo
from app.domain.grammar.keys import fixed_keys, language_of
from app.engine.scene import Asking
from app.engine.states import (
    Closing,
    Deciding,
    Ended,
    HandedOver,
    Hearing,
    Keying,
    Listening,
    Prompting,
    Ringing,
    State,
    Thinking,
    Transferring,
)

Plain: TypeAlias = dict[str, Any]

_NAMES: Final[dict[type, tuple[str, str]]] = {
    Ringing: ("connecting", "stream"),
    Prompting: ("speaking", ""),
    Listening: ("listening", "no_input"),
    Hearing: ("hearing", "end_of_turn"),
    Keying: ("keying", "next_key"),
    Deciding: ("deciding", "commit"),
    Thinking: ("thinking", "model"),
    Transferring: ("transferring", "transfer"),
    HandedOver: ("handed_over", ""),
    Closing: ("closing", ""),
    Ended: ("over", ""),
}
"""Each state's name on a page, and that of its timer where a person watching wants to see it run."""


def state_as(state: State, at: Millis, *, sensitive: bool) -> Plain:
    """Return `{state, timer, left_ms, keys}`: what runs out in `left_ms`, and what was keyed so far."""
    name, timer = _NAMES.get(type(state), (type(state).__name__.lower(), ""))
    if isinstance(state, Prompting) and not state.started:
        name = "preparing"
    left = None if isinstance(state, Ended) or not timer else max(0, state.until - at)
    keys = state.keys if isinstance(state, Keying) else ""
    return {"state": name, "timer": timer, "left_ms": left, "keys": "•" * len(keys) if sensitive else keys}


def question_as(asking: Asking) -> Plain:
    """Return the open question and what it accepts, by key and by voice."""
    expect = asking.expect
    policy = expect.policy
    return {
        "turn": asking.turn,
        "step": expect.step,
        "kind": expect.kind,
        "text": expect.prompt.text,
        "ask": expect.ask,
        "confirming": expect.confirming,
        "optional": expect.optional,
        "sensitive": expect.sensitive,
        "by_voice": policy.speech,
        "by_keys": policy.dtmf,
        "accepts": _accepts(asking) if policy.dtmf or policy.speech else {},
    }


def _accepts(asking: Asking) -> Plain:
    expect = asking.expect
    grammar, policy = expect.grammar, expect.policy
    found: Plain = _shape(grammar.body)
    if policy.dtmf:
        keys = fixed_keys(grammar, language_of(grammar))
        found["keys"] = [
            {"key": key, "label": meant.label, "status": meant.status.value} for key, meant in keys.items()
        ]
        found["end_key"] = policy.end_key
        found["requests"] = [{"key": key, "request": asked.value} for key, asked in expect.universals.items()]
    return found


def _shape(body: object) -> Plain:
    match body:
        case YesNo():
            return {"kind": "yes_no"}
        case Choices(options=options):
            return {"kind": "choice", "options": [_option(each) for each in options]}
        case Several(options=options, minimum=minimum, maximum=maximum):
            named = [_option(each) for each in options]
            return {"kind": "several", "options": named, "min": minimum, "max": maximum}
        case Digits(min_length=shortest, max_length=longest):
            return {"kind": "digits", "min": shortest, "max": longest}
        case Number(minimum=minimum, maximum=maximum):
            return {"kind": "number", "min": minimum, "max": maximum}
        case Day(earliest=first, latest=last) | Moment(now=first, latest=last):
            kind = "date" if isinstance(body, Day) else "moment"
            return {"kind": kind, "min": first.isoformat(), "max": last.isoformat()}
        case _:
            return {"kind": "text"}


def _option(option: Any) -> Plain:  # noqa: ANN401 - an Option of either grammar
    return {"value": option.value, "label": option.label, "key": option.key}
