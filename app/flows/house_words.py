"""A project's own words for what the bot says by itself, in place of the catalogue's; knows no files.

A text of keys, one for each prompt that is worded otherwise; the rest stays as the language brings it.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from string import Formatter
from typing import Any, Final

from app.domain.languages import HOLES, EnginePrompts, Language
from app.flows.model import Flow
from app.flows.problems import FlowErrors, Problem, listed, nearest
from app.flows.yaml_tree import Document, Path, Tree, read_yaml

PROMPTS: Final = tuple(field.name for field in fields(EnginePrompts))
"""The names of all prompts, in the order of the manual."""

_MOST_VARIANTS: Final = 5
_LONGEST: Final = 500


def load_prompts(data: str | bytes, *, path: str, language: Language) -> EnginePrompts:
    """Return the language's prompts with those that this text words otherwise. Raises FlowErrors."""
    document = read_yaml(data, file=path, expected="a file of prompts and their texts, as in `help: TEXT`")
    assert isinstance(document.tree, dict), "a document is a file of keys"  # noqa: S101 - narrows the type
    problems: list[Problem] = []
    worded: dict[str, Any] = {}
    for name, value in document.tree.items():
        if name not in PROMPTS:
            message = "the bot has no such prompt; `dialai flows docs` lists them"
            problems.append(_problem(path, document, (name,), message, nearest(name, PROMPTS)))
            continue
        is_list = isinstance(getattr(language.prompts, name), tuple)
        texts = value if isinstance(value, list) and is_list else [value]
        complaint = _complaint(name, value, texts, is_list=is_list)
        if complaint:
            problems.append(_problem(path, document, (name,), complaint))
        elif is_list:
            worded[name] = tuple(str(text) for text in texts)
        else:
            worded[name] = str(value)
    if problems:
        raise FlowErrors(problems)
    return replace(language.prompts, **worded)


def with_words(flow: Flow, words: Mapping[str, EnginePrompts]) -> Flow:
    """Return the flow, whose bot says these words, by the key of a language or its whole locale."""
    own = {
        key: replace(spec, prompts=found)
        for key, spec in flow.languages.items()
        if (found := words.get(spec.locale) or words.get(spec.locale.partition("-")[0])) is not None
    }
    return replace(flow, languages={**flow.languages, **own}) if own else flow


def _complaint(name: str, value: Tree, texts: list[Tree], *, is_list: bool) -> str:
    """Return what is wrong with one prompt, or nothing."""
    if isinstance(value, list) and not is_list:
        return "one text is expected here"
    if is_list and not 1 <= len(texts) <= _MOST_VARIANTS:
        return f"one to {_MOST_VARIANTS} texts are expected here; they escalate"
    for text in texts:
        if not isinstance(text, str) or not text.strip():
            return "a text is expected here"
        if len(text) > _LONGEST:
            return f"a prompt has {_LONGEST} characters at most; this one has {len(text)}"
        complaint = _holes(name, text)
        if complaint:
            return complaint
    return ""


def _holes(name: str, text: str) -> str:
    wanted = HOLES.get(name, ())
    try:
        found = [hole for _, hole, form, conversion in Formatter().parse(text) if hole is not None]
        plain = all(not form and not conversion for _, _, form, conversion in Formatter().parse(text))
    except ValueError:
        return "a `{` or `}` stands alone; write no braces but those of a `{name}`"
    if sorted(found) == sorted(wanted) and plain:
        return ""
    if not wanted:
        return "nothing is filled in here; write no `{` and `}`"
    names = " and ".join(f"`{{{hole}}}`" for hole in wanted)
    return f"{names} must stand in it, each once, and nothing else in braces"


def _problem(path: str, document: Document, where: Path, message: str, suggestion: str = "") -> Problem:
    place = document.place(where, key=True)
    return Problem(path, place.line, place.column, str(where[0]), message, suggestion)


def prompts_for_the_manual(language: Language) -> str:
    """Return the table of all prompts, with what the language says."""
    rows = []
    for name in PROMPTS:
        said = getattr(language.prompts, name)
        texts = said if isinstance(said, tuple) else (said,)
        rows.append(f"| `{name}` | {' / '.join(texts)} |")
    lists = [name for name in PROMPTS if isinstance(getattr(language.prompts, name), tuple)]
    return (
        "| prompt | what it says |\n|---|---|\n" + "\n".join(rows) + "\n\n"
        f"Of {listed(f'`{name}`' for name in lists)} several texts escalate; write them as a list.\n"
    )
