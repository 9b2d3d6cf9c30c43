"""What is odd about the recordings that a flow names: a warning with the file and what was measured.

Reads whole files, so it is for a person who asks, never for a server.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path

from app.adapters.prompts.recordings import FindRecording, Recordings
from app.flows.model import Flow, Say
from app.flows.problems import Problem, Severity
from app.media.recorded import complaints
from app.session.ports import SynthesisError


def odd_takes(flow: Flow, file: Path, find: FindRecording) -> tuple[Problem, ...]:
    """Return a warning for everything that is odd about the flow's recordings, each recording once."""
    recordings = Recordings(find)
    told: dict[str, tuple[str, ...]] = {}
    found = []
    for step in flow.steps:
        for audio in _audio(step):
            if audio in told:
                continue
            told[audio] = _oddities(recordings, audio)
            found += [
                Problem(
                    str(file),
                    step.place.line,
                    step.place.column,
                    f"steps.{step.name}",
                    f"{audio}: {oddity}",
                    severity=Severity.WARNING,
                )
                for oddity in told[audio]
            ]
    return tuple(found)


def _oddities(recordings: Recordings, audio: str) -> tuple[str, ...]:
    try:
        return complaints(recordings.read(audio))
    except SynthesisError as error:
        return (f"its text is spoken instead: {error}",)


def _audio(part: object) -> Iterator[str]:
    """Find every recording that a step's prompts name, in the order of its fields."""
    if isinstance(part, Say):
        if part.audio is not None:
            yield part.audio
    elif isinstance(part, Mapping):
        for value in part.values():
            yield from _audio(value)
    elif isinstance(part, tuple):
        for value in part:
            yield from _audio(value)
    elif is_dataclass(part):
        for each in fields(part):
            yield from _audio(getattr(part, each.name))
