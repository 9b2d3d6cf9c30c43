"""What a call remembers of one conversation with a model; decides nothing.

The lines hold only what was heard. One reply and one extraction at a time may be under way; each is
known by the number of its order, 0 while there is none.
"""

from dataclasses import dataclass, field

from app.domain.call import Millis, Value
from app.domain.conversation import Conversation, Field, FieldKind, Line, Role
from app.domain.redaction import redact
from app.flows.sprint import Converse


@dataclass(slots=True)
class Talk:
    """One conversation. `is_bots_turn` while the caller waits for words of the model's.

    `asked_at` is since when the caller waits for it, `open_play` the playback it is spoken in. `learned` is
    the last record of a value that the conversation brought.
    """

    wait: Converse
    until: Millis
    lines: list[Line]
    is_bots_turn: bool
    known: dict[str, Value] = field(default_factory=dict)
    turns: int = 0
    failures: int = 0
    reply: int = 0
    extraction: int = 0
    asked_at: Millis = 0
    open_play: int = 0
    exit: str = ""
    learned: int = 0

    @classmethod
    def of(cls, wait: Converse, at: Millis) -> "Talk":
        """Return the memory of a conversation that begins now."""
        opens = not wait.expect.prompt.utterances
        return cls(wait, at + wait.duration_ms, list(wait.lines), is_bots_turn=opens)

    def said(self, role: Role, text: str) -> None:
        """Add a line; nothing that identifies a person's papers goes to a model."""
        if text.strip():
            self.lines.append(Line(role, redact(text.strip())))

    def so_far(self) -> Conversation:
        """Return the conversation as a responder needs it."""
        left = max(0, self.wait.most_turns - self.turns)
        return Conversation(self.wait.brief, tuple(self.lines), dict(self.known), left)

    def is_spent(self, at: Millis) -> bool:
        """True when no further turn of the caller's may begin."""
        return self.turns >= self.wait.most_turns or at >= self.until

    @property
    def is_done(self) -> bool:
        """True when the conversation brought all it was held for, or found its way out."""
        wanted = self.wait.brief.fields
        return bool(self.exit) or (bool(wanted) and not self.so_far().missing)

    @property
    def brings_something(self) -> bool:
        """True when there is something to be found in it."""
        return bool(self.wait.brief.fields or self.wait.brief.exits)

    @property
    def wanted_next(self) -> tuple[Field, ...]:
        """What the caller will be asked for, the next first: text that was just given counts as brought."""
        missing = self.so_far().missing
        is_given = bool(self.extraction) and bool(missing) and missing[0].kind is FieldKind.TEXT
        return missing[1:] if is_given else missing

    @property
    def bots_last_line(self) -> str:
        """What the bot said last, as far as it was heard; empty when it has said nothing."""
        return next((line.text for line in reversed(self.lines) if line.role is Role.BOT), "")
