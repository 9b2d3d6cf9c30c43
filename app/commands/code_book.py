"""`dialai flows codebook`: what stands in the tables that `dialai calls export` writes of a flow."""

import csv
import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from app.adapters.exports.code_book import Entry, code_book
from app.adapters.flow_folder import check_file
from app.flows.columns import columns_of
from app.flows.problems import FlowErrors

_WRONG = 1


def codebook(
    file: Annotated[Path, typer.Argument(help="A flow file.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of CSV.")] = False,
) -> None:
    """Print the code book of a flow's results: every field, its question, its values and their codes."""
    checked = check_file(file)
    if checked.flow is None:
        typer.echo(str(FlowErrors(checked.problems)), err=True)
        raise typer.Exit(_WRONG)
    entries = code_book(columns_of(checked.flow))
    if as_json:
        typer.echo(json.dumps([asdict(entry) for entry in entries], ensure_ascii=False, indent=2))
    else:
        typer.echo(_as_csv(entries), nl=False)


def _as_csv(entries: tuple[Entry, ...]) -> str:
    """Return a line a field, and below it a line for each of its values."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("field", "spss_stata_name", "kind", "label", "code", "value"))
    for entry in entries:
        writer.writerow((entry.name, entry.statistics_name, entry.kind, entry.label, "", ""))
        for each in entry.values:
            writer.writerow((entry.name, entry.statistics_name, "", each.label, each.code, each.value))
    return out.getvalue()
