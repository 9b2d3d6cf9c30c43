"""What stored calls look like in a terminal."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from app.domain.call import Direction
from app.engine.events import ProviderReported

_SHORT: Final = 8
"""As much of an id as tells calls apart at a glance; `calls show` takes it."""


def show_list(console: Console, calls: Sequence[Mapping[str, Any]], *, has_more: bool) -> None:
    """Print a line per call, newest first, in 80 columns. Times are this machine's; `number` is the caller's.

    On a call that we placed, `number` is the one called.
    """
    if not calls:
        console.print("No such calls.")
        return
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for name, width in (("id", _SHORT), ("started", 11)):
        table.add_column(name, no_wrap=True, min_width=width)
    table.add_column("flow", no_wrap=True, overflow="ellipsis", max_width=14)
    for name, width in (("way", 3), ("number", 16), ("lang", 5), ("ended", 11)):
        table.add_column(name, no_wrap=True, overflow="ellipsis", max_width=width)
    table.add_column("time", no_wrap=True, justify="right")
    for call in calls:
        is_ours = call["direction"] == Direction.OUTBOUND
        cells = (
            str(call["id"])[:_SHORT],
            datetime.fromisoformat(call["started_at"]).astimezone().strftime("%m-%d %H:%M"),
            call["flow"],
            "out" if is_ours else "in",
            call["to"] if is_ours else call["from"],
            call["language"],
            call["disposition"] or "in progress",
            _lasted(call),
        )
        table.add_row(*(_cell(each) for each in cells))
    console.print(table)
    if has_more:
        console.print("There are more: raise --limit.", style="dim")


def show_call(console: Console, call: Mapping[str, Any], *, verbose: bool = False) -> None:
    """Print one call whole, in 80 columns; `verbose` adds each turn's question and stages."""
    console.print(f"Call [bold]{escape(call['id'])}[/]  ({escape(call['carrier_sid'])})", highlight=False)
    flow = f"flow {call['flow']} version {call['flow_version']}"
    about = f"{call['direction']}, {call['from']} to {call['to']}, {flow}"
    console.print(escape(about), highlight=False)
    for name in ("started_at", "answered_at", "ended_at"):
        console.print(f"{name.replace('_', ' ')}: {call[name] or '-'}", highlight=False)
    ended = call["disposition"] or "in progress"
    cause = f" ({call['cause']})" if call["cause"] else ""
    console.print(f"disposition: [bold]{ended}[/]{escape(cause)}", highlight=False)
    if call["cost"] is not None:
        console.print(_cost(call["cost"]), highlight=False)
    console.print(_answers(call["answers"]))
    _show_turns(console, call["turns"], verbose=verbose)
    for path in call["audio_files"]:
        console.print(f"audio: {escape(path)}", highlight=False, soft_wrap=True)
    if not call["audio_files"]:
        console.print("audio: none was kept")
    if any(answer["sensitive"] for answer in call["answers"].values()):
        console.print("Some values are sealed; --reveal shows them.", style="dim")


def _cost(cost: Mapping[str, Any]) -> str:
    parts = ", ".join(
        f"{name} {amount:.4f}"
        for name, amount in cost.items()
        if name not in {"total", "currency"} and amount
    )
    total = f"cost: {cost['total']:.4f} {cost['currency']} by list price"
    return f"{total} ({parts})" if parts else total


def _answers(answers: Mapping[str, Mapping[str, Any]]) -> Table:
    table = Table(title="Answers", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for column in ("question", "value", "label", "by", "status", "sure", "asks"):
        table.add_column(column, overflow="fold")
    for name, answer in answers.items():
        keys = ("value", "label", "source", "status", "confidence", "asks")
        table.add_row(escape(name), *(_cell(answer[key]) for key in keys))
    return table


def _show_turns(console: Console, turns: Sequence[Mapping[str, Any]], *, verbose: bool) -> None:
    """Print a line per turn: question, input -> understood, outcome, time to the next sound."""
    console.print(Text("Turns", style="italic"))
    for turn in turns:
        given = str(turn["input"] or "")
        understood = str(turn["understood"] or "")
        told = f'"{given}"' if given else "(nothing)"
        if understood and understood != given:
            told += f" -> {understood}"
        total = turn["latency_ms"].get("total")
        facts = [
            turn["outcome"],
            "cut in" if turn["barged_in"] else "",
            "" if total is None else f"{total} ms",
        ]
        line = Text(f"{turn['step']}: ", style="bold")
        line.append(Text(f"{told}  ", style="none"))
        line.append(Text(" · ".join(str(each) for each in facts if each), style="cyan"))
        console.print(line)
        if verbose:
            stages = " ".join(f"{name} {ms}" for name, ms in turn["latency_ms"].items())
            for name in ("prompt", "heard"):
                console.print(Text(f"  {name}: {turn[name] or '-'}", style="dim"))
            console.print(Text(f"  ms: {stages or '-'}", style="dim"))


def show_providers(console: Console, events: Sequence[Mapping[str, Any]]) -> None:
    """Print what happened to the call's requests to providers, each kind of thing once.

    `events` are the journal as the reader gives it. What has an amount is added up, all else is counted.
    """
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for fact in (event["fact"] for event in events):
        if fact["kind"] == ProviderReported.__name__:
            kind = fact["service"], fact["event"], fact["detail"], fact["unit"]
            counts[kind] += fact["amount"] if fact["unit"] else 1
    console.print(Text("Providers", style="italic"))
    if not counts:
        console.print("  nothing was told of them", style="dim")
    for (service, what, detail, unit), count in counts.items():
        line = Text(f"{service}: ", style="bold")
        number = f"{count} {unit.replace('_', ' ')}" if unit else f"x {count}"
        line.append(Text(f"{what}{f' ({detail})' if detail else ''} {number}", style="none"))
        console.print(line)


def _lasted(call: Mapping[str, Any]) -> str:
    """Return minutes and seconds between the first sound and the end."""
    if call["answered_at"] is None or call["ended_at"] is None:
        return ""
    begun, ended = (datetime.fromisoformat(call[name]) for name in ("answered_at", "ended_at"))
    minutes, seconds = divmod(round((ended - begun).total_seconds()), 60)
    return f"{minutes}:{seconds:02}"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}"
    return "" if value is None else escape(str(value))
