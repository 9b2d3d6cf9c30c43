import ast
from dataclasses import fields
from itertools import chain
from pathlib import Path
from string import Formatter

import pytest

from app.domain.answers import Status
from app.domain.languages import HOLES, LANGUAGES, is_known, language

APP = Path(__file__).parents[2] / "app"


def test_a_language_is_found_by_key_or_locale():
    for name in ("en", "EN", "en-US", "en_GB", " en-AU "):
        assert language(name) is LANGUAGES["en"]
        assert is_known(name)
    assert language("es-MX") is LANGUAGES["es"]


def bare_names(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    texts = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    names = {*LANGUAGES, *(known.name for known in LANGUAGES.values())}
    return {f"{path}: {text}" for text in texts & names}


def test_a_language_is_named_in_its_own_folder_alone():
    modules = [path for path in APP.rglob("*.py") if (APP / "domain" / "languages") not in path.parents]
    assert len(modules) > 100
    assert set().union(*(bare_names(path) for path in modules)) == set()
    for key, known in LANGUAGES.items():
        assert known.key == key
        assert known.locale.startswith(key)
        assert language(known.locale) is known


@pytest.mark.parametrize("name", ["fr-FR", "", "-", "english"])
def test_an_unknown_language_is_named_with_those_there_are(name):
    assert not is_known(name)
    with pytest.raises(LookupError, match=r"there are de \(Deutsch\), en \(English\), es \(español\)"):
        language(name)


@pytest.mark.parametrize("known", LANGUAGES.values(), ids=list(LANGUAGES))
def test_a_language_says_everything_the_engine_may_have_to_say(known):
    for each in fields(known.prompts):
        said = getattr(known.prompts, each.name)
        for text in said if isinstance(said, tuple) else (said,):
            assert text.strip()
            holes = [hole for _, hole, _, _ in Formatter().parse(text) if hole is not None]
            assert sorted(holes) == sorted(HOLES.get(each.name, ()))
    assert len(known.prompts.no_input) == len(known.prompts.no_match) == 3
    assert set(known.specials) == set(known.special_labels) == {Status.REFUSED, Status.DONT_KNOW}


@pytest.mark.parametrize("known", LANGUAGES.values(), ids=list(LANGUAGES))
def test_a_language_names_each_request_in_several_ways(known):
    requests = {each.name for each in fields(known.universals)} - {"alone"}
    asked = [getattr(known.universals, name) for name in requests]
    assert set(known.universals.alone) <= set(chain.from_iterable(asked))
    for phrases in asked:
        assert len(phrases) >= 5
        assert len(set(phrases)) == len(phrases)
        assert all(phrase == phrase.lower() for phrase in phrases)
