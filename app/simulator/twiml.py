"""Reads TwiML as Twilio does: case-sensitive verbs in their order; runs nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias
from xml.etree import ElementTree as ET

MAX_PARAMETER = 500
"""The name and the value of a <Parameter> together stay below this many characters."""


class TwimlError(Exception):
    """A document that Twilio would not run; the text says why."""


@dataclass(frozen=True, slots=True)
class Connect:
    """Open a media stream and wait for its end."""

    url: str
    parameters: Mapping[str, str]
    action: str = ""
    method: str = "POST"
    status_callback: str = ""


@dataclass(frozen=True, slots=True)
class Say:
    """Speak a text."""

    text: str
    locale: str = "en-US"
    loop: int = 1


@dataclass(frozen=True, slots=True)
class Play:
    """Play a recording, or keys."""

    url: str = ""
    digits: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """Be silent."""

    seconds: int = 1


@dataclass(frozen=True, slots=True)
class Redirect:
    """Go on with another document; an empty URL is the present one."""

    url: str
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Dial:
    """Hand the caller over."""

    number: str
    action: str = ""
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call."""


@dataclass(frozen=True, slots=True)
class Reject:
    """Do not answer the call."""

    reason: str = "rejected"


Verb: TypeAlias = Connect | Say | Play | Pause | Redirect | Dial | Hangup | Reject


@dataclass(frozen=True, slots=True)
class Document:
    """One answer of the server: its verbs, and the URL that relative addresses stand against."""

    verbs: tuple[Verb, ...]
    url: str = field(default="")


def parse(text: str, url: str = "") -> Document:
    """The document in `text`, which came from `url`. Raises TwimlError."""
    try:
        # The text comes from our own server on loopback; expat's own limits on entities suffice.
        root = ET.fromstring(text)  # noqa: S314
    except ET.ParseError as error:
        raise TwimlError(f"the TwiML is no XML: {error}") from error
    if root.tag != "Response":
        raise TwimlError(f"the TwiML begins with <{root.tag}>, not <Response>")
    return Document(tuple(_verb(element) for element in root), url)


def _words(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _integer(element: ET.Element, name: str, default: int) -> int:
    value = element.get(name, str(default))
    if not value.isdigit():
        raise TwimlError(f"<{element.tag} {name}={value!r}> is no whole number")
    return int(value)


def _verb(element: ET.Element) -> Verb:
    method = element.get("method", "POST")
    match element.tag:
        case "Connect":
            return _connect(element)
        case "Say":
            return Say(_words(element), element.get("language", "en-US"), _integer(element, "loop", 1))
        case "Play":
            return Play(_words(element), element.get("digits", ""))
        case "Pause":
            return Pause(_integer(element, "length", 1))
        case "Redirect":
            return Redirect(_words(element), method)
        case "Dial":
            return Dial(_words(element), element.get("action", ""), method)
        case "Hangup":
            return Hangup()
        case "Reject":
            return Reject(element.get("reason", "rejected"))
        case _:
            raise TwimlError(f"<{element.tag}> is no verb this exchange knows")


def _connect(element: ET.Element) -> Connect:
    streams = list(element)
    if len(streams) != 1 or streams[0].tag != "Stream":
        raise TwimlError("<Connect> must hold exactly one <Stream>")
    stream = streams[0]
    if not stream.get("url"):
        raise TwimlError("<Stream> has no url")
    parameters: dict[str, str] = {}
    for child in stream:
        name, value = child.get("name"), child.get("value")
        if child.tag != "Parameter" or name is None or value is None:
            raise TwimlError("<Stream> may hold only <Parameter name value>")
        if len(name) + len(value) >= MAX_PARAMETER:
            raise TwimlError(f"<Parameter name={name!r}> is {len(name) + len(value)} characters long")
        parameters[name] = value
    return Connect(
        url=stream.get("url", ""),
        parameters=parameters,
        action=element.get("action", ""),
        method=element.get("method", "POST"),
        status_callback=stream.get("statusCallback", ""),
    )
