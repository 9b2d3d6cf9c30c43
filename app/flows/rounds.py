"""How many rounds a repeat can come to, and what each is about; compiles no step."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.flows import question_forms
from app.flows.container_forms import MOST_ROUNDS, USUAL_ROUNDS, RepeatForm
from app.flows.library import CheckedFlow
from app.flows.scope import Scope
from app.flows.yaml_tree import Path


@dataclass(frozen=True, slots=True)
class Round:
    """One round: its number, what it is about with its texts by language, and when there is one (CEL)."""

    number: int
    item: str | None = None
    labels: Mapping[str, str] | None = None
    when: str | None = None


def rounds_of(form: RepeatForm, path: Path, file: CheckedFlow, scope: Scope) -> tuple[Round, ...]:
    """Return all rounds that there can be; what is wrong is reported."""
    if (form.over is None) is (form.times is None):
        scope.reporter.add(path, "a repeat goes `over` a list, or a number of `times`")
        return ()
    if form.most is not None and form.times is None:
        scope.reporter.add((*path, "most"), "`most` belongs to `times`; a list has an end", key=True)
    if form.times is not None:
        if _is_number(form.times) and not 1 <= int(form.times) <= MOST_ROUNDS:
            scope.reporter.add((*path, "times"), f"a repeat has from 1 to {MOST_ROUNDS} rounds")
            return ()
        return _counted(form, form.times, path, file, scope)
    if isinstance(form.over, str):
        return _chosen(form.over, (*path, "over"), file, scope)
    languages = list(scope.header.languages)
    listed = enumerate((form.over or {}).items(), start=1)
    return tuple(
        Round(number, name, _texts(texts, languages, (*path, "over", name), scope))
        for number, (name, texts) in listed
    )


def _texts(
    given: Mapping[str, str], languages: list[str], path: Path, scope: Scope
) -> Mapping[str, str] | None:
    return dict.fromkeys(languages, given[""]) if "" in given else scope.words(given, path)


def _is_number(times: str) -> bool:
    digits = times.removeprefix("-")
    return digits.isdecimal() and digits.isascii()


def _counted(form: RepeatForm, times: str, path: Path, file: CheckedFlow, scope: Scope) -> tuple[Round, ...]:
    if _is_number(times):
        count = min(int(times), form.most or MOST_ROUNDS)
        return tuple(Round(number) for number in range(1, count + 1))
    asked = file.forms.get(file.names.get(times, ()))
    count = form.most or USUAL_ROUNDS
    if form.most is None and isinstance(asked, question_forms.NumericForm | question_forms.RatingForm):
        largest = asked.range[1]
        if largest > MOST_ROUNDS:
            message = (
                f"`{times}` can be {largest}; say in `most` how many rounds there are, {MOST_ROUNDS} or fewer"
            )
            scope.reporter.add((*path, "times"), message)
        count = max(1, min(largest, MOST_ROUNDS))
    return tuple(Round(number, when=f"({times}) >= {number}") for number in range(1, count + 1))


def _chosen(name: str, path: Path, file: CheckedFlow, scope: Scope) -> tuple[Round, ...]:
    asked = file.forms.get(file.names.get(name, ()))
    if not isinstance(asked, question_forms.SelectManyForm):
        message = f"`{name}` is no `select_many`" if name in file.names else f"there is no question `{name}`"
        scope.reporter.add(path, f"{message}; a repeat goes over one, or over a list such as `[a, b]`")
        return ()
    taken = ((value, choice) for value, choice in asked.choices.items() if not choice.exclusive)
    return tuple(
        Round(
            number,
            value,
            {
                language: str((choice.model_extra or {}).get(language, choice.text or value))
                for language in scope.header.languages
            },
            f'"{value}" in {name}',
        )
        for number, (value, choice) in enumerate(taken, start=1)
    )
