"""`dialai flows try FILE`: hold a flow's conversation in the terminal, in text, reloading it on save.

Reads lines and prints lines; what they mean is the rehearsal's.
"""

import select
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Final, TextIO

import typer
from rich.console import Console
from rich.text import Text

from app.adapters.flow_folder import CheckedFile, check_file
from app.commands.rehearsal import CALLER, Kind, Line, Rehearsal
from app.domain.call import Value
from app.flows.model import Flow
from app.flows.scenarios import value_of
from app.session.clock import utc_now
from app.settings import Settings

_STYLES: Final = {
    Kind.BOT: "bold cyan",
    Kind.STEPS: "dim",
    Kind.UNDERSTOOD: "green",
    Kind.NOTE: "yellow",
    Kind.END: "bold",
    Kind.ANSWER: "",
}

_HELP: Final = (
    "Digits are keys, words are speech (`words ~0.6`: heard so so), Enter alone is silence, Ctrl-D hangs up."
)

_LOOK_EVERY_S: Final = 0.3
"""How often a saved file is looked for while the terminal waits for a line."""


class _Saved(Exception):  # noqa: N818 - says what happened, not what failed
    """The file was saved while the terminal waited."""


class FlowFile:
    """A flow's file on disk: reads it, and knows whether it was saved since."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp = self._look()

    def load(self) -> CheckedFile:
        """Return the flow as the file has it now, with every error and warning."""
        self._stamp = self._look()
        return check_file(self.path)

    def was_saved(self) -> bool:
        """Whether the file changed since it was last loaded; a file that is gone did not change."""
        now = self._look()
        return now is not None and now != self._stamp

    def _look(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size


class Terminal:
    """Holds the conversation with whoever sits at the terminal."""

    def __init__(self, file: FlowFile, flow: Flow, variables: Mapping[str, Value], console: Console) -> None:
        self._file = file
        self._flow = flow
        self._variables = variables
        self._console = console
        self._given: list[tuple[str, str]] = []
        self._rehearsal = Rehearsal(flow, variables, now=utc_now())

    def run(self, stdin: TextIO) -> None:
        """Talk until the call is over or the input ends."""
        self._console.print(_HELP, style="dim", markup=False)
        self._print(self._rehearsal.begin())
        while not self._rehearsal.is_over:
            self._ask()
            try:
                typed = next_line(stdin, self._file.was_saved)
            except _Saved:
                self._console.print()
                self._reload()
                continue
            if typed is None:
                self._console.print()
                self._print(self._rehearsal.hang_up())
                return
            if not stdin.isatty():
                self._console.print(typed, markup=False, highlight=False)
            if self._file.was_saved():
                self._reload()
            self._give(typed)

    def _ask(self) -> None:
        question = (
            "(Enter: somebody takes the call, n: nobody) " if self._rehearsal.waits_for_transfer else ""
        )
        self._console.print(Text(question + CALLER), end="")

    def _give(self, typed: str) -> None:
        self._given.append((self._rehearsal.step, typed))
        self._print(self._rehearsal.give(typed))

    def _reload(self) -> None:
        """Start the saved flow and give it the same lines, as long as the same steps ask for them."""
        checked = self._file.load()
        complain(checked, self._console)
        if checked.flow is None:
            self._console.print("The flow goes on as it was before.", style="yellow")
            return
        self._flow = checked.flow
        before, self._given = self._given, []
        self._console.print(f"{self._file.path} was saved: from the start.", style="yellow", markup=False)
        self._rehearsal = Rehearsal(self._flow, self._variables, now=utc_now())
        self._print(self._rehearsal.begin())
        for step, typed in before:
            if self._rehearsal.is_over or self._rehearsal.step != step:
                self._console.print("The lines typed after this no longer fit.", style="yellow")
                return
            self._console.print(Text(f"{CALLER}{typed}", style="dim"))
            self._give(typed)

    def _print(self, lines: list[Line]) -> None:
        for line in lines:
            self._console.print(Text(str(line), style=_STYLES[line.kind]), soft_wrap=True)


def next_line(stdin: TextIO, was_saved: Callable[[], bool]) -> str | None:
    """Return the next line without its end, or None when there is none. Raises _Saved meanwhile.

    Only a terminal is watched while it waits: from a pipe the lines come at once.
    """
    while stdin.isatty():
        ready, _, _ = select.select([stdin], [], [], _LOOK_EVERY_S)
        if ready:
            break
        if was_saved():
            raise _Saved
    line = stdin.readline()
    return line.rstrip("\r\n") if line else None


def complain(checked: CheckedFile, console: Console) -> None:
    """Print what is wrong with the file, a line each."""
    style = "yellow" if checked.flow is not None else "red"
    for problem in checked.problems:
        console.print(str(problem), style=style, markup=False, highlight=False, soft_wrap=True)


def _found(file: Path) -> Path:
    """Return the file, or the one of this name in the folder of flows when there is none."""
    named = Settings().flows_dir / f"{file}.yaml"
    return named if not file.exists() and not file.suffix and named.is_file() else file


def try_flow(
    file: Annotated[Path, typer.Argument(help="The flow's YAML file, or its name in the folder of flows.")],
    variable: Annotated[
        list[str] | None,
        typer.Option("--var", "-v", help="A variable of the call, NAME=VALUE; may be given several times."),
    ] = None,
) -> None:
    """Answer a flow in this terminal, in text, without audio; it reloads when the file is saved."""
    errors = Console(stderr=True)
    variables: dict[str, Value] = {}
    for written in variable or []:
        name, equals, value = written.partition("=")
        if not equals or not name.isidentifier():
            errors.print(f"--var {written}: write NAME=VALUE, for example --var name=Ann", markup=False)
            raise typer.Exit(2)
        variables[name] = value_of(value)
    flow_file = FlowFile(_found(file))
    checked = flow_file.load()
    complain(checked, errors)
    if checked.flow is None:
        raise typer.Exit(1)
    try:
        Terminal(flow_file, checked.flow, variables, Console(highlight=False)).run(sys.stdin)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
