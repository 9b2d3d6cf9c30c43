"""Compiles what every step is made of: texts in every language, conditions, targets that exist.

Knows the flow's header and the names of its steps; does not know the kinds of steps.
"""

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final, TypeVar
from xml.sax.saxutils import escape

from app.flows import forms, model, schema
from app.flows.checking import Reporter
from app.flows.expressions import ExpressionError, compile_expression, parse_piped
from app.flows.problems import listed, nearest
from app.flows.renaming import Frame
from app.flows.yaml_tree import Path

RESERVED: Final = frozenset(
    {
        "skip",
        "end",
        "today",
        "choices",
        "true",
        "false",
        "null",
        "in",
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
    }
    | {"function", "if", "import", "let", "loop", "package", "namespace", "return", "var", "void", "while"}
    | {"today", "choices"}
)
"""Words that conditions or `on_fail` give a meaning of their own."""

_MOST_RENAMED: Final = 4_000
"""Characters of an expression whose names were made longer."""

AudioExists = Callable[[str], bool]

SaidT = TypeVar("SaidT")


class Scope:
    """What the steps of one flow share while they are compiled: its header, its names, its reporter.

    `values` are the names that conversations bring, with the place of the first that does.
    """

    def __init__(
        self,
        header: schema.FlowHeader,
        names: Mapping[str, Path],
        reporter: Reporter,
        audio_exists: AudioExists,
        values: Mapping[str, Path] | None = None,
    ) -> None:
        self.header = header
        self.names = names
        self.reporter = reporter
        self.values = values or {}
        self._audio_exists = audio_exists
        self.frame = Frame()
        self.homes: Mapping[str, Path] = {}
        self.operator = ""

    def within(self, frame: Frame) -> "Scope":
        """Return the same scope where names mean what the frame says."""
        inner = copy(self)
        inner.frame = frame
        return inner

    def target(self, name: str, path: Path, *, ways_out: frozenset[str] = frozenset()) -> str:
        """Return the flow's name of a step or label, reporting one that does not exist."""
        home = self.homes.get(name, ())
        if path[: len(home)] != home:
            repeat = next((each for each, at in self.names.items() if at == home), "")
            self.reporter.add(path, f"`{name}` stands inside the repeat `{repeat}`; go to `{repeat}`")
        if name == "operator" and name in ways_out and name not in self.names and self.operator:
            return self.operator
        if name not in self.names and name not in ways_out - {"operator"}:
            valid = self.names.keys() | ways_out
            if name == "operator":
                message = "there is no step with `label: operator`; add one with `transfer`"
                self.reporter.add(path, message)
            else:
                self.reporter.add(path, f"there is no step or label `{name}`", nearest(name, valid))
        return self.frame.own(name)

    def expression(self, source: str | None, path: Path) -> model.Expression | None:
        """Compile a condition, reporting one that is none."""
        if source is None:
            return None
        try:
            return self._compiled(source)
        except ExpressionError as error:
            self.reporter.add(path, f"{error}: {source}")
            return None

    def _compiled(self, source: str) -> model.Expression:
        renamed = self.frame.expression(source)
        own = compile_expression(source)
        if renamed == source:
            return own
        inner = compile_expression(renamed, longest=_MOST_RENAMED)
        return replace(inner, is_settled=bool(own.names) and not inner.names)

    def piped(self, text: str, path: Path, language: str = "", *, xml: bool = False) -> model.Piped:
        """Compile a text with holes, reporting a broken hole."""

        def filled(source: str) -> str | model.Expression:
            said = self.frame.spoken(source, language)
            if said is None:
                return self._compiled(source)
            return escape(said) if xml else said

        try:
            return parse_piped(text, filled)
        except ExpressionError as error:
            self.reporter.add(path, str(error))
            return model.Piped((text,))

    def text(self, prompt: Mapping[str, forms.SayForm], path: Path, *, is_spare: bool = False) -> model.Text:
        """Compile what is said, reporting a language that is missing or unknown.

        None may miss unless it `is_spare`: then the language has words of its own.
        """
        spoken = self._by_language(prompt, path, is_spare=is_spare)
        return {language: self._say(said, (*path, language), language) for language, said in spoken.items()}

    def texts(self, prompts: list[dict[str, forms.SayForm]], path: Path) -> tuple[model.Text, ...]:
        """Compile a list that escalates; in a language that misses, its own words do."""
        return tuple(self.text(prompt, (*path, index), is_spare=True) for index, prompt in enumerate(prompts))

    def words(self, given: Mapping[str, str], path: Path) -> dict[str, str]:
        """Return a choice's name by language, reporting a language that is missing or unknown."""
        return dict(self._by_language(given, path))

    def about(self, given: Mapping[str, str], path: Path) -> dict[str, str]:
        """Return what a value means by language; one text stands for all of them."""
        if "" in given:
            return dict.fromkeys(self.header.languages, given[""])
        return self.words(given, path) if given else {}

    def value(self, name: str, path: Path) -> str:
        """Return the name of a conversation's value, reporting one that is taken."""
        if name in RESERVED:
            self.reporter.add(path, f"`{name}` has a meaning of its own; choose another name", key=True)
        elif name in self.names:
            self.reporter.add(path, f"the name `{name}` is taken by a step", key=True)
        elif self.values.get(name, path) != path:
            message = f"the name `{name}` is taken by an earlier conversation"
            self.reporter.add(path, message, key=True)
        return self.frame.own(name)

    def _by_language(
        self, given: Mapping[str, SaidT], path: Path, *, is_spare: bool = False
    ) -> dict[str, SaidT]:
        languages = list(self.header.languages)
        if "" in given:
            if len(languages) == 1:
                return {languages[0]: given[""]}
            self.reporter.add(path, f"a text for each language is needed: {', '.join(languages)}")
            return {}
        for key in given.keys() - set(languages):
            message = f"the flow has no language `{key}`, only {listed(languages)}"
            self.reporter.add((*path, key), message, nearest(key, languages), key=True)
        for language in languages:
            if language not in given and not is_spare:
                self.reporter.add(path, f"the text in `{language}` is missing")
        return {language: given[language] for language in languages if language in given}

    def _say(self, said: forms.SayForm, path: Path, language: str) -> model.Say:
        if not said.text.strip():
            self.reporter.add(path, "the text is empty")
        if said.audio is not None:
            self._check_audio(said.audio, (*path, "audio"))
        ssml = None if said.ssml is None else self.piped(said.ssml, (*path, "ssml"), language, xml=True)
        return model.Say(self.piped(said.text, (*path, "text"), language), ssml, said.audio)

    def _check_audio(self, audio: str, path: Path) -> None:
        pure = PurePosixPath(audio)
        if pure.is_absolute() or ".." in pure.parts or "\\" in audio or ":" in audio or "\0" in audio:
            self.reporter.add(path, f"`{audio}` leads out of the flow's folder")
        elif not self._audio_exists(audio):
            self.reporter.add(path, f"there is no recording `{audio}` beside the flow")
