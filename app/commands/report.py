"""`dialai report`: how the calls of a flow ended, its outcome rates, and where callers leave."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated, Final

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.adapters.store.codec import to_json
from app.adapters.store.figures import flow_figures
from app.adapters.store.results import ResultReader
from app.adapters.store.selection import Filter
from app.commands.call_log import UNUSABLE, fail, open_log
from app.commands.calls_export import loaded
from app.domain.call import Disposition
from app.domain.funnel import FlowFigures, StepFigures
from app.domain.rates import Group, eligibility, groups_with, rates, tally
from app.flows.model import ConverseStep, Flow, Question

_NOTHING = 1


def report(
    flow: Annotated[str, typer.Argument(help="The flow's name.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    groups: Annotated[
        str,
        typer.Option(
            help="Count dispositions in other groups: machine=NC,no_input=UO; adds to DIALAI_RATE_GROUPS."
        ),
    ] = "",
    e: Annotated[
        float | None,
        typer.Option(
            "--e", help="Share of the unknown that is eligible; default: as of the known.", min=0, max=1
        ),
    ] = None,
) -> None:
    """Show how a flow's calls ended, its response and cooperation rates, and where callers leave.

    Who hung up, refused, opted out or fell silent at a step has left there, and so has who was cut off.
    """
    with open_log() as (database, settings):
        try:
            table = groups_with(f"{settings.rate_groups},{groups}")
        except ValueError as error:
            fail(f"--groups {error}", UNUSABLE)
        wanted = Filter(flow=flow)
        steps, brought_by = _asking(loaded(ResultReader(database).flows(wanted)))
        figures = flow_figures(database, wanted, steps, settings.prices, brought_by)
    if not figures.dispositions and not figures.live:
        fail(f"no call was held by {flow}: `dialai calls list` shows those there are", _NOTHING)
    cases = tally(figures.dispositions, table)
    found = rates(cases, e)
    share = eligibility(cases) if e is None else e
    if as_json:
        typer.echo(to_json(_document(figures, table, cases, share, found)))
    else:
        _show(Console(), figures, table, cases, share, found)


def _asking(versions: Iterable[Flow]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the steps that ask something, and which of them brings each value of a conversation."""
    steps = [step for version in versions for step in version.steps]
    brought_by = {
        value.name: step.name for step in steps if isinstance(step, ConverseStep) for value in step.wanted
    }
    return tuple(step.name for step in steps if isinstance(step, Question | ConverseStep)), brought_by


def _document(
    figures: FlowFigures,
    table: dict[Disposition, Group],
    cases: dict[Group, int],
    share: float | None,
    found: dict[str, float | None],
) -> dict[str, object]:
    return {
        "flow": figures.flow,
        "calls": sum(figures.dispositions.values()),
        "live": figures.live,
        "median_seconds": figures.median_seconds,
        "cost": figures.cost,
        "cost_per_completed": figures.cost_per_completed,
        "dispositions": {end.value: count for end, count in figures.dispositions.items()},
        "groups": {group.value: count for group, count in cases.items()},
        "group_of": {end.value: group.value for end, group in table.items()},
        "e": share,
        "rates": found,
        "steps": [{**asdict(step), "drop_off": step.drop_off} for step in figures.steps],
    }


def _show(
    console: Console,
    figures: FlowFigures,
    table: dict[Disposition, Group],
    cases: dict[Group, int],
    share: float | None,
    found: dict[str, float | None],
) -> None:
    total = sum(figures.dispositions.values())
    live = f", {figures.live} in progress" if figures.live else ""
    length = "" if figures.median_seconds is None else f", median {figures.median_seconds:g} s when completed"
    console.print(f"{escape(figures.flow)}: {total} calls{live}{length}", highlight=False)
    if figures.cost is not None:
        console.print(_priced(figures.cost, figures.cost_per_completed), highlight=False)
    ends = _table("Dispositions", "ended as", "group", "calls", "share")
    for end, count in figures.dispositions.items():
        ends.add_row(end.value, table[end].value, str(count), _percent(count / total))
    console.print(ends)
    counted = ", ".join(f"{group.value} {count}" for group, count in cases.items() if count)
    outcome = _table("Rates (AAPOR)", "rate", "")
    for name, value in found.items():
        outcome.add_row(name, _percent(value))
    console.print(outcome)
    console.print(
        f"a case is a call; groups: {counted}; e = {'-' if share is None else f'{share:.3f}'}",
        highlight=False,
    )
    console.print(_funnel(figures.steps))
    console.print(_troubles(figures.steps))


_SHORTEST_NAME: Final = 10
"""Characters of a step's name in a line, also where the terminal is narrow."""


def _priced(cost: float, each: float | None) -> str:
    completed = "" if each is None else f", ${each:.4f} for each completed call"
    return f"list price of all calls: ${cost:.2f}{completed}"


def _funnel(steps: tuple[StepFigures, ...]) -> Table:
    table = _of_steps(
        "Steps: calls that reached them, how they were answered, who left there",
        *(
            "reached",
            "key",
            "typed",
            "speech",
            "model",
            "refused",
            "unsure",
            "none",
            "secs",
            "left",
            "share",
        ),
    )
    for step in steps:
        missing = step.unanswered
        table.add_row(
            escape(step.step),
            str(step.reached),
            *(str(step.answered.get(source, 0)) for source in ("key", "text", "speech", "model")),
            *(str(missing.get(status, 0)) for status in ("refused", "dont_know")),
            str(missing.get("no_input", 0) + missing.get("no_match", 0)),
            "-" if step.answer_ms is None else f"{step.answer_ms / 1000:.1f}",
            str(step.dropped),
            _percent(step.drop_off),
        )
    return table


def _troubles(steps: tuple[StepFigures, ...]) -> Table:
    headings = ("turns", "no input", "no match", "help", "repeat", "barge-in", "false alarm")
    table = _of_steps("Turns: what callers made of them", *headings)
    for step in steps:
        counts = (step.turns, step.no_inputs, step.no_matches, step.helps, step.repeats)
        table.add_row(escape(step.step), *map(str, (*counts, step.barge_ins, step.false_alarms)))
    return table


def _of_steps(title: str, *headings: str) -> Table:
    # Eighty columns hold all of it, the step's name first.
    table = _table(title)
    table.padding = (0, 0)
    table.show_edge = False
    table.add_column("step", overflow="fold", min_width=_SHORTEST_NAME)
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _table(title: str, *headings: str) -> Table:
    return Table(
        *headings,
        title=title,
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"
