"""A call machine by script: the test says which orders follow a fact."""

from app.domain.speech import Hints


class ScriptedCall:
    """`rules` maps a fact's type to a function (fact, at) -> orders; what has no rule has no orders."""

    def __init__(self, rules=None) -> None:
        self.rules = rules or {}
        self.facts: list = []
        self.next_deadline = None
        self.is_sensitive = False
        self.disposition = None
        self.language = "en"
        self.expecting = Hints("en-US", dictation=True)

    def handle(self, fact, at):
        self.facts.append((at, fact))
        rule = self.rules.get(type(fact))
        return list(rule(fact, at)) if rule else []

    def seen(self, kind):
        return [fact for _, fact in self.facts if isinstance(fact, kind)]

    def times(self, kind):
        return [at for at, fact in self.facts if isinstance(fact, kind)]
