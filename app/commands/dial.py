"""`dialai dial`: have the running server call a number; knows only the server's API."""

import json
from typing import Annotated

import httpx
import typer
from rich.console import Console

from app.settings import BadSetting, read_settings

_UNPROCESSABLE = 400


def dial(
    number: Annotated[str, typer.Argument(help="Whom to call, as +15551234567.")],
    flow: Annotated[str, typer.Option(help="The flow to hold the call by.")],
    variable: Annotated[
        list[str] | None, typer.Option("--var", help="NAME=VALUE for the flow's prompts; repeatable.")
    ] = None,
    server: Annotated[str, typer.Option(help="Where the server listens.")] = "http://127.0.0.1:8000",
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,  # noqa: FBT002 - an option
) -> None:
    """Call NUMBER and hold the call by FLOW."""
    body = {"to": number, "flow": flow, "variables": _variables(variable or [])}
    try:
        key = read_settings().api_key
    except BadSetting as error:
        raise _refusal(str(error)) from None
    headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
    try:
        answer = httpx.post(f"{server.rstrip('/')}/api/calls", json=body, headers=headers, timeout=30)
    except (httpx.HTTPError, httpx.InvalidURL):
        raise _refusal(
            f"no server answers at {server}: start it with `make run`, or name it by --server"
        ) from None
    try:
        said = answer.json()
    except json.JSONDecodeError:
        raise _refusal(f"{server} is no DialAI server (HTTP {answer.status_code})") from None
    if answer.status_code >= _UNPROCESSABLE:
        why = str(said.get("error", f"HTTP {answer.status_code}"))
        raise _refusal(why.replace("`to`", f"NUMBER ({number})"))
    Console(highlight=False).print_json(data=said) if as_json else typer.echo(
        f"calling: {said['id']} (dialai calls show {said['id']})"
    )


def _variables(pairs: list[str]) -> dict[str, str]:
    variables = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise _refusal(f"--var {pair}: write NAME=VALUE")
        variables[name] = value
    return variables


def _refusal(line: str) -> typer.Exit:
    Console(stderr=True, highlight=False).print(f"dialai: {line}", style="red", soft_wrap=True, markup=False)
    return typer.Exit(2)
