"""What stored calls look like in a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table


def show_list(console: Console, calls: Sequence[Mapping[str, Any]], *, has_more: bool) -> None:
    """Print a line per call, newest first."""
    if not calls:
        console.print("No such calls.")
        return
    table = Table(title="Calls", title_justify="left")
    for column in ("id", "started (UTC)", "direction", "from", "to", "flow", "language", "disposition"):
        table.add_column(column, overflow="fold" if column == "id" else "ellipsis", no_wrap=column == "id")
    for call in calls:
        started = str(call["started_at"])[:19].replace("T", " ")
        keys = ("direction", "from", "to", "flow", "language")
        ended = call["disposition"] or "in progress"
        table.add_row(call["id"], started, *(_cell(call[key]) for key in keys), ended)
    console.print(table)
    if has_more:
        console.print("There are more: raise --limit.", style="dim")


def show_call(console: Console, call: Mapping[str, Any]) -> None:
    """Print one call whole."""
    console.print(f"Call [bold]{escape(call['id'])}[/]  ({escape(call['carrier_sid'])})", highlight=False)
    flow = f"flow {call['flow']} version {call['flow_version']}"
    about = f"{call['direction']}, {call['from']} to {call['to']}, {flow}"
    console.print(escape(about), highlight=False)
    for name in ("started_at", "answered_at", "ended_at"):
        console.print(f"{name.replace('_', ' ')}: {call[name] or '-'}", highlight=False)
    ended = call["disposition"] or "in progress"
    cause = f" ({call['cause']})" if call["cause"] else ""
    console.print(f"disposition: [bold]{ended}[/]{escape(cause)}", highlight=False)
    console.print(_answers(call["answers"]))
    console.print(_turns(call["turns"]))
    for path in call["audio_files"]:
        console.print(f"audio: {escape(path)}", highlight=False, soft_wrap=True)
    if not call["audio_files"]:
        console.print("audio: none was kept")
    if any(answer["sensitive"] for answer in call["answers"].values()):
        console.print("Some values are sealed; --reveal shows them.", style="dim")


def _answers(answers: Mapping[str, Mapping[str, Any]]) -> Table:
    table = Table(title="Answers", title_justify="left")
    for column in ("question", "value", "label", "by", "status", "confidence", "asks"):
        table.add_column(column)
    for name, answer in answers.items():
        keys = ("value", "label", "source", "status", "confidence", "asks")
        table.add_row(escape(name), *(_cell(answer[key]) for key in keys))
    return table


def _turns(turns: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title="Turns", title_justify="left")
    for column in (
        "question",
        "heard of the prompt",
        "input",
        "understood",
        "outcome",
        "cut in",
        "latency (ms)",
    ):
        table.add_column(column)
    for turn in turns:
        stages = " ".join(f"{name} {ms}" for name, ms in turn["latency_ms"].items())
        cells = (_cell(turn[key]) for key in ("step", "heard", "input", "understood", "outcome"))
        table.add_row(*cells, "yes" if turn["barged_in"] else "", escape(stages))
    return table


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}"
    return "" if value is None else escape(str(value))
