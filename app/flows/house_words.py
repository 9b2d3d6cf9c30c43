"""A project's own words for what the bot says by itself, in place of the catalogue's; knows no files.

Keys with a text each, one for each prompt that is worded otherwise; the rest stays as the language brings it.
They stand in a file beside the flows, or in a flow.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from string import Formatter
from typing import Any, Final

from app.domain.languages import DEFAULT, HOLES, EnginePrompts, Language
from app.flows.model import Flow
from app.flows.parts import OwnWords
from app.flows.problems import FlowErrors, Problem, listed, nearest
from app.flows.yaml_tree import Tree, read_yaml

PROMPTS: Final = tuple(field.name for field in fields(EnginePrompts))
"""The names of all prompts, in the order of the manual."""

ESCALATING: Final = tuple(name for name in PROMPTS if isinstance(getattr(DEFAULT.prompts, name), tuple))
"""Those of which several texts follow each other."""

_MOST_VARIANTS: Final = 5
LONGEST: Final = 500
"""Characters of one prompt."""


def load_prompts(data: str | bytes, *, path: str, language: Language) -> EnginePrompts:
    """Return the language's prompts with those that this text words otherwise. Raises FlowErrors."""
    document = read_yaml(data, file=path, expected="a file of prompts and their texts, as in `help: TEXT`")
    assert isinstance(document.tree, dict), "a document is a file of keys"  # noqa: S101 - narrows the type
    problems: list[Problem] = []

    def tell(name: str, message: str, suggestion: str) -> None:
        place = document.place((name,), key=True)
        problems.append(Problem(path, place.line, place.column, name, message, suggestion))

    words = worded(document.tree, tell)
    if problems:
        raise FlowErrors(problems)
    return reworded(language.prompts, words)


def worded(tree: Mapping[str, Any], tell: Callable[[str, str, str], None]) -> OwnWords:
    """Return the prompts that are worded here; of each that is none tell name, message and a suggestion."""
    words: list[tuple[str, str | tuple[str, ...]]] = []
    for name, value in tree.items():
        if name not in PROMPTS:
            tell(name, "the bot has no such prompt; `dialai flows docs` lists them", nearest(name, PROMPTS))
            continue
        is_list = name in ESCALATING
        texts = value if isinstance(value, list) and is_list else [value]
        complaint = _complaint(name, value, texts, is_list=is_list)
        if complaint:
            tell(name, complaint, "")
        else:
            words.append((name, tuple(map(str, texts)) if is_list else str(value)))
    return tuple(words)


def reworded(prompts: EnginePrompts, words: OwnWords) -> EnginePrompts:
    """Return the prompts with those that are worded otherwise."""
    fitting: dict[str, Any] = dict(words)
    return replace(prompts, **fitting)


def with_words(flow: Flow, words: Mapping[str, EnginePrompts]) -> Flow:
    """Return the flow, whose bot says these words, by the key of a language or its whole locale.

    What the flow itself words otherwise stays.
    """
    own = {
        key: replace(spec, prompts=reworded(found, spec.words))
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
        if len(text) > LONGEST:
            return f"a prompt has {LONGEST} characters at most; this one has {len(text)}"
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


def prompts_for_the_manual(language: Language) -> str:
    """Return the table of all prompts, with what the language says."""
    rows = []
    for name in PROMPTS:
        said = getattr(language.prompts, name)
        texts = said if isinstance(said, tuple) else (said,)
        rows.append(f"| `{name}` | {' / '.join(texts)} |")
    return (
        "| prompt | what it says |\n|---|---|\n" + "\n".join(rows) + "\n\n"
        f"Of {listed(f'`{name}`' for name in ESCALATING)} several texts escalate; write them as a list.\n"
    )
