"""Reads YAML 1.2 into plain dicts, lists and texts, and remembers where each of them stands.

Knows nothing of flows. A plain scalar stays the text it looks like (`no`, `010`, `10:00`); what it
means is for the schema to say. What could be written to harm is refused early: aliases, tags,
deep nesting, huge files. Nothing here recurses.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from app.flows.model import Place
from app.flows.problems import FlowErrors, Problem

Path: TypeAlias = tuple[str | int, ...]
Tree: TypeAlias = "dict[str, Tree] | list[Tree] | str | None"

MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 16
MAX_NODES: Final = 10_000
MAX_LINE: Final = 4_000
START: Final = Place(1, 1)

_UNPRINTABLE: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What YAML 1.2 allows in no document (section 5.1)."""

_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_PLAIN_ENGLISH: Final = {
    "mapping values are not allowed here": "wrong indentation, or a `: ` in a text without quotes",
    "expected <block end>, but found '<block mapping start>'": "wrong indentation: it belongs to nothing",
    "expected <block end>, but found '<block sequence start>'": "wrong indentation: it belongs to nothing",
    "expected <block end>, but found '-'": "wrong indentation: this item belongs to no list",
    "expected <block end>, but found '<scalar>'": "more text after its end; quote the whole",
    "could not find expected ':'": "a `:` is missing after this key",
    "found unexpected end of stream": "a quote is opened here and never closed",
    "expected the node content, but found '<stream end>'": "the file ends in the middle of a list or of keys",
}


@dataclass(slots=True)
class Document:
    """A file as read: its tree, and the place of every value and of every key in it."""

    tree: Tree = None
    places: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)

    def known(self, path: Path) -> Path:
        """Return `path`, or of a path that leads beyond the file its longest part that stands in it."""
        length = len(path)
        while length and path[:length] not in self.places and path[:length] not in self.keys:
            length -= 1
        return path[:length]

    def place(self, path: Path, *, key: bool = False) -> Place:
        """Return where the value at `path` stands, or its key; or the nearest ancestor in the file."""
        path = self.known(path)
        return (self.keys.get(path) if key else None) or self.places.get(path, START)


def read_yaml(
    data: str | bytes, *, file: str, expected: str = "a flow is a file of keys; the first is `flow: NAME`"
) -> Document:
    """Read one YAML 1.2 document of keys. Raises FlowErrors with exactly one problem."""
    text = _decoded(data, file)
    reader = _Reader(file)
    try:
        for event in _events(text):
            reader.take(event)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = str(error.problem or error.context)
        if "end of stream" in reason and "quoted" in str(error.context):
            mark = error.context_mark
        message = _PLAIN_ENGLISH.get(reason, f"this is no YAML: {reason}")
        place = Place(mark.line + 1, mark.column + 1) if mark is not None else START
        raise _failure(file, place, message) from None
    except FlowErrors:
        raise
    except (YAMLError, ValueError, OverflowError):  # an escape such as "\UFFFFFFFF" names no character
        raise _failure(file, START, "this is no YAML") from None
    if not isinstance(reader.document.tree, dict):
        raise _failure(file, START, expected)
    return reader.document


def _events(text: str) -> Iterator[Any]:
    yaml = YAML(typ="safe", pure=True)  # the round-trip scanner marks folds with \a
    events: Iterator[Any] = yaml.parse(text)
    return events


def _decoded(data: str | bytes, file: str) -> str:
    if len(data) > MAX_BYTES:
        raise _failure(file, START, f"the file has more than {MAX_BYTES} bytes")
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        raise _failure(file, Place(line, column), "this is not UTF-8; save the file as UTF-8") from None
    text = text.removeprefix("\ufeff")
    for number, line_text in enumerate(text.split("\n"), start=1):
        if len(line_text) > MAX_LINE:
            raise _failure(file, Place(number, 1), f"the line is longer than {MAX_LINE} characters")
        indent = line_text[: len(line_text) - len(line_text.lstrip())]
        if "\t" in indent and line_text.strip():
            place = Place(number, indent.index("\t") + 1)
            raise _failure(file, place, "a tab is used for indentation; use spaces")
    unprintable = _UNPRINTABLE.search(text)
    if unprintable is not None:
        before_text = text[: unprintable.start()]
        place = Place(before_text.count("\n") + 1, unprintable.start() - before_text.rfind("\n"))
        raise _failure(file, place, "a character that no text may hold stands here")
    return text


def _failure(file: str, place: Place, message: str) -> FlowErrors:
    return FlowErrors([Problem(file, place.line, place.column, "", message)])


@dataclass(slots=True)
class _Frame:
    """A list or mapping being filled; `key` waits for its value."""

    node: dict[str, Tree] | list[Tree]
    path: Path
    key: str | None = None


class _Reader:
    """Builds a Document from parser events."""

    def __init__(self, file: str) -> None:
        self.document = Document()
        self._file = file
        self._stack: list[_Frame] = []
        self._nodes = 0
        self._documents = 0

    def take(self, event: Any) -> None:  # noqa: ANN401 - the parser's events share no type
        if isinstance(event, DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._refuse(event, "a file holds one flow; a second document begins here")
            if event.version is not None or event.tags:
                self._refuse(event, "leave out the % line: flows are read as YAML 1.2")
        elif isinstance(event, AliasEvent):
            self._refuse(event, "aliases (*name) are not used in flows; write it out")
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            self._stack.pop()
        elif isinstance(event, ScalarEvent | MappingStartEvent | SequenceStartEvent):
            self._check(event)
            self._node(event)

    def _check(self, event: ScalarEvent | MappingStartEvent | SequenceStartEvent) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._refuse(event, f"the file has more than {MAX_NODES} values")
        if event.anchor is not None:
            self._refuse(event, "anchors (&name) are not used in flows; quote a text that begins with &")
        if isinstance(event, ScalarEvent) and _UNPRINTABLE.search(event.value):
            self._refuse(event, "an escape in this text names a character that no text may hold")
        if event.ctag is not None:
            self._refuse(event, "tags (!name) are not used in flows; quote a text that begins with !")
        if not isinstance(event, ScalarEvent) and len(self._stack) >= MAX_DEPTH:
            self._refuse(event, f"nested more than {MAX_DEPTH} deep")

    def _node(self, event: ScalarEvent | MappingStartEvent | SequenceStartEvent) -> None:
        place = Place(event.start_mark.line + 1, event.start_mark.column + 1)
        top = self._stack[-1] if self._stack else None
        if top is not None and isinstance(top.node, dict) and top.key is None:
            self._begin_key(top, event, place)
            return
        value: Tree
        if isinstance(event, ScalarEvent):
            value = None if event.style is None and event.value in _NULLS else str(event.value)
        else:
            value = {} if isinstance(event, MappingStartEvent) else []
        path = self._store(top, value)
        self.document.places[path] = place
        if isinstance(value, dict | list):
            self._stack.append(_Frame(value, path))

    def _begin_key(self, top: _Frame, event: Any, place: Place) -> None:  # noqa: ANN401 - see take
        if not isinstance(event, ScalarEvent):
            self._refuse(event, "a key is a plain word; a list or keys stand here")
        key = str(event.value)
        if key in top.node:
            first = self.document.keys[(*top.path, key)]
            self._refuse(event, f"the key `{key}` stands here twice; the first is in line {first.line}")
        top.key = key
        self.document.keys[(*top.path, key)] = place

    def _store(self, top: _Frame | None, value: Tree) -> Path:
        if top is None:
            self.document.tree = value
            return ()
        if isinstance(top.node, list):
            top.node.append(value)
            return (*top.path, len(top.node) - 1)
        key = str(top.key)
        top.node[key] = value
        top.key = None
        return (*top.path, key)

    def _refuse(self, event: Any, message: str) -> NoReturn:  # noqa: ANN401 - see take
        mark = event.start_mark
        raise _failure(self._file, Place(mark.line + 1, mark.column + 1), message)
