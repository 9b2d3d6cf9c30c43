"""What a simulated call looks like in a terminal: lines while it runs, tables when it is over."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.simulator.report import CallReport, Happening

_CALLER = {
    "dials": "dials {}",
    "rings": "rings at {}",
    "answers": "answers the phone",
    "presses": "presses {}",
    "says": 'says "{}"',
    "noise": "is surrounded by noise for {}",
    "drops_socket": "loses the media socket",
}
_LINE = {
    "twiml_says": 'the exchange says "{}"',
    "cleared": "the bot stops: {}",
    "dialled": "connects to {}",
    "redirected": "goes on elsewhere",
    "violation": "PROTOCOL {}",
    "ended": "the call is over ({})",
}
_STAGES = {
    "end_of_turn": "turn end",
    "recognition": "words",
    "first_token": "model",
    "first_audio": "sound",
    "total": "total",
}
"""The stages of a turn's latency that the table shows."""


class Screen:
    """Prints the call as it goes. A quiet screen prints nothing."""

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self._console = console
        self._quiet = quiet
        self._seen = 0

    def _line(self, at_ms: int, who: str, style: str, text: str) -> None:
        if self._quiet:
            return
        row = Table.grid(padding=(0, 1))
        row.add_column(width=8, justify="right", style="dim", no_wrap=True)
        row.add_column(width=7, justify="right", style=style, no_wrap=True)
        row.add_column()
        row.add_row(f"{at_ms / 1000:.1f} s", who, escape(text))
        self._console.print(row)

    def note(self, text: str) -> None:
        """Print a line that belongs to no moment of the call."""
        if not self._quiet:
            self._console.print(f"[dim]{escape(text)}[/]", highlight=False, soft_wrap=True)

    def happened(self, happening: Happening) -> None:
        """Print what the caller or the line did."""
        if happening.kind in _CALLER:
            self._line(happening.at_ms, "caller", "cyan", _CALLER[happening.kind].format(happening.text))
        elif happening.kind in _LINE:
            style = "red" if happening.kind == "violation" else "dim"
            self._line(happening.at_ms, "line", style, _LINE[happening.kind].format(happening.text))

    def journal(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Print what the server's journal newly says: prompts, words heard, answers understood."""
        for event in events[self._seen :]:
            self._event(event)
        self._seen = max(self._seen, len(events))

    def _event(self, event: Mapping[str, Any]) -> None:
        data = event.get("data", event)
        at_ms = int(event.get("at_ms", 0))
        fact = data.get("fact", {})
        if fact.get("kind") == "FinalTranscript":
            self._line(at_ms, "heard", "magenta", f'"{fact.get("text", "")}"')
        for order in data.get("orders", []):
            spoken = order.get("prompt", order).get("utterances", [])  # a Play has a prompt, an Extend none
            if spoken:
                words = " ".join("[sensitive]" if u.get("sensitive") else u["text"] for u in spoken)
                self._line(at_ms, "bot", "green", words)
            elif order.get("writes") == "AnswerGiven":
                answer = order["entry"]["answer"]
                told = answer["label"] or answer["value"] if answer["status"] == "ok" else answer["status"]
                self._line(at_ms, "log", "yellow", f"{answer['slot']} = {told} (by {answer['source']})")

    def result(self, call: Mapping[str, Any] | None, report: CallReport, files: Mapping[str, str]) -> None:
        """Print the answers, the turns, the line's own measurements, and where everything lies."""
        if self._quiet:
            return
        self._console.print()
        if call is not None:
            self._console.print(_answers(call))
            self._console.print(_turns(call))
        self._console.print(report.table())
        for line in report.summary():
            self._console.print(line, highlight=False)
        if call is not None:
            self._console.print(f"Call {call['id']}: [bold]{call.get('disposition')}[/]", highlight=False)
        for name, path in files.items():
            self._console.print(f"{name}: {escape(path)}", highlight=False, soft_wrap=True)


def _answers(call: Mapping[str, Any]) -> Table:
    table = Table(title="Answers", title_justify="left")
    for column in ("question", "value", "label", "by", "status", "confidence", "asks"):
        table.add_column(column)
    for name, answer in (call.get("answers") or {}).items():
        keys = ("value", "label", "source", "status", "confidence", "asks")
        table.add_row(name, *(_cell(answer.get(key)) for key in keys))
    return table


def _turns(call: Mapping[str, Any]) -> Table:
    table = Table(title="Turns, as the server measured them (ms)", title_justify="left")
    for column in ("question", "input", "understood", "outcome", "cut in"):
        table.add_column(column)
    for stage in _STAGES.values():
        table.add_column(stage, justify="right")
    for turn in call.get("turns") or []:
        latency = turn.get("latency_ms") or {}
        cells = (_cell(turn.get(key)) for key in ("step", "input", "understood", "outcome"))
        stages = (_cell(latency.get(stage)) for stage in _STAGES)
        table.add_row(*cells, "yes" if turn.get("barged_in") else "", *stages)
    return table


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}"
    return "" if value is None else escape(str(value))
