"""From a method and a path to the operation asked for."""

import json
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, unquote

from tests.doubles.aws.log import Service
from tests.doubles.aws.serving import Serving
from tests.doubles.aws.sigv4 import Signed

Serve: TypeAlias = Callable[[Serving], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation. `pattern` is of the path as on the wire, its named groups are parameters."""

    service: Service
    operation: str
    method: str
    pattern: str
    signing_name: str
    serve: Serve


def find_route(routes: Sequence[Route], signed: Signed) -> tuple[Route, dict[str, Any]] | None:
    """Return the operation and everything it was given: path, query and body in one mapping."""
    for route in routes:
        found = re.fullmatch(route.pattern, signed.path)
        if route.method == signed.method and found:
            named = {name: unquote(value) for name, value in found.groupdict().items()}
            return route, {**_body(signed), **dict(parse_qsl(signed.query)), **named}
    return None


def _body(signed: Signed) -> dict[str, Any]:
    if signed.header("content-type").startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(signed.body.decode("utf-8", "replace")))
    try:
        body = json.loads(signed.body or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
