"""The `dialai` command: one name for each thing a person does; the rooms are in `commands/`."""

import sys

import typer

from app.commands.call import call
from app.commands.calls import calls
from app.commands.dial import dial
from app.commands.flows import flows
from app.commands.serve import serve
from app.commands.talk import talk
from app.commands.try_flow import try_flow

app = typer.Typer(
    name="dialai",
    help="Surveys and reminders by telephone: answer calls, place them, read what happened.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(serve)
app.command()(call)
app.command()(talk)
app.command()(dial)
app.add_typer(calls, name="calls")
flows.command("try")(try_flow)
app.add_typer(flows, name="flows")


def main() -> None:
    """Run the command line; Ctrl-C is no fault."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
