"""Sends every log line, ours and the libraries', through one chain to one stream; knows no call."""

import logging
import sys
from collections.abc import Sequence
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor

from app.adapters.logs.redactor import PERSONAL, Redactor

# These say at INFO what our own lines say better, or log whole requests and three lines a socket.
_QUIET = (
    "uvicorn.access",
    "uvicorn.error",
    "twilio",
    "httpx",
    "httpcore",
    "alembic",
    "botocore",
    "aiobotocore",
    "asyncio",
)


def configure_logging(
    json: bool | None = None,  # noqa: FBT001 - the setting's own three values
    *,
    debug: bool = False,
    personal: bool | None = None,
    secrets: Sequence[str] = (),
    stream: TextIO | None = None,
) -> None:
    """Set up all logging of the process; may be called again.

    Lines go to `stream` (standard error): as JSON when `json` is True, readable when it is False, and
    when it is None readable only on a terminal. `secrets` are masked wherever they appear.
    Callers' words, keys and numbers are left out unless `personal` is True, or None on readable lines.
    Give uvicorn `log_config=None`, so that it leaves its loggers to us.
    """
    out = stream or sys.stderr
    as_json = not out.isatty() if json is None else json
    is_told = not as_json if personal is None else personal
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    level = logging.DEBUG if debug else logging.INFO
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    after: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        *(() if is_told else (_impersonal,)),
        Redactor(secrets),
        _renderer(as_json=as_json, colors=out.isatty()),
    ]
    foreign: list[Processor] = [structlog.stdlib.PositionalArgumentsFormatter(), *before]
    handler = logging.StreamHandler(out)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=foreign, processors=after))
    _route(handler, level)


def _impersonal(_: object, __: str, event: EventDict) -> EventDict:
    event.pop(PERSONAL, None)
    return event


def _renderer(*, as_json: bool, colors: bool) -> Processor:
    if as_json:
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    # Tracebacks stay plain: a pretty one prints local variables, which hold what callers said.
    return structlog.dev.ConsoleRenderer(
        colors=colors, exception_formatter=structlog.dev.plain_traceback, sort_keys=False
    )


def _route(handler: logging.Handler, level: int) -> None:
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in {"uvicorn", "twilio"}:
            logger = logging.getLogger(name)
            logger.handlers.clear()
            logger.propagate = True
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
