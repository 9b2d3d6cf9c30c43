"""A FLOIP Flow Results data package: a descriptor, and every response as a row of seven columns.

https://github.com/FLOIP/flow-results. Contact and session are the call: its numbers never leave.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, TextIO
from uuid import UUID

from app.adapters.exports.csv_files import utc
from app.adapters.exports.wide import fitting
from app.domain.results import AnswerResult, CallResult, Column, ColumnKind

DESCRIPTOR: Final = "datapackage.json"
DATA: Final = "results.json"

_FIELDS: Final = (
    ("timestamp", "datetime", "Timestamp"),
    ("row_id", "string", "Row ID"),
    ("contact_id", "string", "Contact ID"),
    ("session_id", "string", "Session ID"),
    ("question_id", "string", "Question ID"),
    ("response", "any", "Response"),
    ("response_metadata", "object", "Response Metadata"),
)
_TYPES: Final = {
    ColumnKind.TEXT: "text",
    ColumnKind.WHOLE: "numeric",
    ColumnKind.NUMBER: "numeric",
    ColumnKind.BOOLEAN: "select_one",
    ColumnKind.ONE: "select_one",
    ColumnKind.MANY: "select_many",
    ColumnKind.DATE: "date",
    ColumnKind.MOMENT: "datetime",
}
_CHOSEN: Final = {ColumnKind.ONE, ColumnKind.MANY}


def write_package(
    calls: Iterable[CallResult],
    columns: Sequence[Column],
    folder: Path,
    *,
    name: str,
    package_id: UUID,
    now: datetime,
) -> int:
    """Write the package into the folder, which is made; return how many calls. Raises OSError.

    Only answers with a value are responses, all of them, also those that later ones replaced. The
    descriptor comes last: a choice that no flow explains is among its question's choices too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shown = {column.name: column for column in columns if not column.sensitive}
    choices = {column.name: [option.value for option in column.options] for column in columns}
    choices |= {column.name: ["yes", "no"] for column in columns if column.kind is ColumnKind.BOOLEAN}
    with (folder / DATA).open("w", encoding="utf-8") as out:
        count = _write_rows(calls, shown, choices, out)
    questions = {
        column.name: {
            "type": _TYPES[column.kind],
            "label": column.label or column.name,
            "type_options": {"choices": choices[column.name]} if "select" in _TYPES[column.kind] else {},
        }
        for column in shown.values()
    }
    described = _descriptor(name, package_id, now, questions)
    (folder / DESCRIPTOR).write_text(json.dumps(described, ensure_ascii=False, indent=2), encoding="utf-8")
    return count


def _write_rows(
    calls: Iterable[CallResult], shown: dict[str, Column], choices: dict[str, list[str]], out: TextIO
) -> int:
    count, before = 0, "[\n"
    for call in calls:
        for number, column, answer in _given(call, shown):
            response = _response(column, answer)
            if response is None:
                continue
            if column.kind in _CHOSEN:
                known = choices[column.name]
                several = response if column.kind is ColumnKind.MANY else [response]
                known += [choice for choice in several if choice not in known]
            moment = call.started_at + timedelta(milliseconds=answer.answered_ms)
            about = {"source": answer.source, "confidence": answer.confidence, "asks": answer.asks}
            cells = (utc(moment), f"{call.id}-{number}", call.id, call.id, column.name, response, about)
            out.write(before + json.dumps(cells, ensure_ascii=False))
            before = ",\n"
        count += 1
    out.write("\n]\n" if before == ",\n" else "[]\n")
    return count


def _given(call: CallResult, shown: dict[str, Column]) -> Iterator[tuple[int, Column, AnswerResult]]:
    for number, answer in enumerate(call.answers, 1):
        column = shown.get(answer.slot)
        if column is not None and answer.value is not None:
            yield number, column, answer


def _response(column: Column, answer: AnswerResult) -> Any:  # noqa: ANN401 - JSON is any of its values
    value = answer.value
    match column.kind:
        case ColumnKind.BOOLEAN:
            return {True: "yes", False: "no"}.get(value) if isinstance(value, bool) else None
        case ColumnKind.MANY:
            return list(value) if isinstance(value, tuple) else None
        case ColumnKind.DATE:
            return value if fitting(value, column.kind) is not None else None
        case ColumnKind.MOMENT if isinstance(value, str) and fitting(value, column.kind) is not None:
            # As it was told, since its offset says where the caller is; RFC 3339 wants the seconds.
            return datetime.fromisoformat(value).isoformat()
        case _:
            return fitting(value, column.kind)


def _descriptor(name: str, package_id: UUID, now: datetime, questions: dict[str, Any]) -> dict[str, Any]:
    return {
        "profile": "flow-results-package",
        # Frictionless takes `profile` for a file of that name; this is how it is told that there is none.
        "profiles": ["data-package"],
        "flow_results_specification_version": "1.0.0-rc1",
        "name": re.sub(r"[^a-z0-9._-]", "-", name.lower()),
        "title": name,
        "id": str(package_id),
        "created": utc(now),
        "modified": utc(now),
        "resources": [
            {
                "name": "results",
                "path": DATA,
                # The rows are arrays without a heading.
                "profile": "tabular-data-resource",
                "dialect": {"header": False},
                "format": "json",
                "mediatype": "application/json",
                "encoding": "utf-8",
                "schema": {
                    "fields": [
                        {"name": field, "type": kind, "title": title} for field, kind, title in _FIELDS
                    ],
                    "questions": questions,
                },
            }
        ],
    }
