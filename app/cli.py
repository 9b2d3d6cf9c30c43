"""The `dialai` command: one name for each thing a person does; the rooms are in `commands/`."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Final

import typer

_CANNOT: Final = 2


@dataclass(frozen=True, slots=True)
class Room:
    """Where a command is found. A room takes up to seconds to import: only the one that is asked for is."""

    module: str
    name: str
    summary: str

    def command(self) -> Callable[..., None] | typer.Typer:
        """Import and return the command: a function, or a Typer of its own."""
        found: Callable[..., None] | typer.Typer = getattr(
            import_module(f"app.commands.{self.module}"), self.name
        )
        return found


ROOMS: Final = {
    "serve": Room(
        "serve",
        "serve",
        "Answer calls until told to stop; Ctrl-C lets the calls in progress end, a second one does not.",
    ),
    "call": Room(
        "call",
        "call",
        "Make a simulated phone call and show it: the dialogue live, then answers, latencies and files.",
    ),
    "talk": Room(
        "talk",
        "talk",
        "Talk with a flow by this machine's microphone and loudspeaker; Enter interrupts, digits are keys.",
    ),
    "dial": Room("dial", "dial", "Call NUMBER and hold the call by FLOW."),
    "calls": Room("calls", "calls", "What the call log holds."),
    "callbacks": Room("callbacks", "callbacks", "Who wants to be called back, and when."),
    "optouts": Room("optouts", "optouts", "The numbers that must not be called."),
    "quotas": Room(
        "quotas",
        "quotas",
        "Show the cells of quotas: their targets, places of calls in progress, and completed calls.",
    ),
    "report": Room(
        "report",
        "report",
        "Show how a flow's calls ended, its response and cooperation rates, and where callers leave.",
    ),
    "doctor": Room(
        "doctor",
        "doctor",
        "Check what this configuration needs, AWS by harmless requests; exit code 1 when something fails.",
    ),
    "keys": Room("keys", "keys", "Make, show and revoke the keys of the console and the API."),
    "audit": Room(
        "keys", "audit", "Show who did what, newest first: sign-ins, dials, reads of personal data, deletes."
    ),
    "flows": Room("flows", "flows", "Write, check and understand call flows."),
}


def build(arguments: Sequence[str]) -> typer.Typer:
    """Return the command line for these arguments; rooms they do not name are there by their summary."""
    app = typer.Typer(
        name="dialai",
        help="Surveys and reminders by telephone: answer calls, place them, read what happened.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    wanted = next((argument for argument in arguments if not argument.startswith("-")), "")
    for name, room in ROOMS.items():
        command = room.command() if name == wanted else None
        match command:
            case typer.Typer():
                app.add_typer(command, name=name)
            case None:
                app.command(name, help=room.summary)(_elsewhere)
            case _:
                app.command(name)(command)
    return app


def _elsewhere() -> None:
    """Stand in the list of commands."""


def main() -> None:
    """Run the command line. Ctrl-C is no fault, and what the system refuses is one line."""
    try:
        build(sys.argv[1:])()
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        typer.echo(f"dialai: {named}{error.strerror or error}", err=True)
        sys.exit(_CANNOT)


if __name__ == "__main__":
    main()
