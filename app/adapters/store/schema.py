"""The tables of the call log, and of who may look at it; knows their shape, not how they are filled."""

from datetime import UTC, datetime

import sqlalchemy as sa

HEAD = "0005"
"""The revision these tables have; a database with any other is migrated or refused."""

_PARTY = "the digits of the other party's number, the last one first"
_SAID = "folded words of an ended call's turns, of what stands there in plain"
_MASKABLE = "the plain columns hold masks; sealed holds the truth as an encrypted JSON object"


def utc_text(value: datetime) -> str:
    """Return an aware time as the log keeps it: in UTC, to the millisecond, of fixed width."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds")


class UtcTime(sa.types.TypeDecorator[datetime]):
    """An aware UTC time as fixed-width text (`2026-01-31T09:05:07.123+00:00`), which sorts as it should."""

    impl = sa.String(29)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> str | None:
        """Write a time in UTC, to the millisecond."""
        del dialect
        return None if value is None else utc_text(value)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> datetime | None:
        """Read a time back, aware."""
        del dialect
        return None if value is None else datetime.fromisoformat(value)


metadata = sa.MetaData()

flow = sa.Table(
    "flow",
    metadata,
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("id", sa.String(200), nullable=False),
    sa.Column("version", sa.String(200), nullable=False),
    sa.Column("yaml", sa.Text, nullable=False),
    sa.Column("max_duration_ms", sa.BigInteger, nullable=False),
    sa.Column("sensitive_steps", sa.Text, nullable=False, comment="JSON array of step names"),
    sa.Column("frozen_at", UtcTime, nullable=False),
)

call = sa.Table(
    "call",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("carrier_sid", sa.String(64), nullable=False, unique=True),
    sa.Column("flow", sa.String(200), nullable=False),
    sa.Column("flow_version", sa.String(200), nullable=False),
    sa.Column("flow_sha256", sa.String(64), sa.ForeignKey("flow.sha256"), nullable=False),
    sa.Column("direction", sa.String(10), nullable=False),
    sa.Column("from_number", sa.String(200), nullable=False),
    sa.Column("to_number", sa.String(200), nullable=False),
    sa.Column("variables", sa.Text, nullable=False, comment="JSON object"),
    sa.Column("language", sa.String(35)),
    sa.Column("started_at", UtcTime, nullable=False),
    sa.Column("answered_at", UtcTime),
    sa.Column("ended_at", UtcTime),
    sa.Column("last_event_at", UtcTime, nullable=False),
    sa.Column("owner", sa.String(200), nullable=False, server_default=""),
    sa.Column("epoch", sa.Integer, nullable=False, server_default="0"),
    sa.Column("resumes", sa.Integer, nullable=False, server_default="0"),
    sa.Column("disposition", sa.String(20)),
    sa.Column("cause", sa.String(200)),
    sa.Column("cost", sa.Numeric(12, 6), comment="in US dollars, when the carrier told it"),
    sa.Column("party", sa.String(32), nullable=False, server_default="", comment=_PARTY),
    sa.Column("worst_ms", sa.BigInteger, comment="the slowest turn of a call that ended"),
    sa.Column("median_ms", sa.BigInteger, comment="the turn in the middle of a call that ended"),
    sa.Index("call_by_time", "started_at", "id"),
    # Behind what orders stands what else may be asked for: two conditions need no look at the rows.
    sa.Index("call_by_flow", "flow", "started_at", "id", "disposition", "language", "direction"),
    sa.Index("call_by_disposition", "disposition", "started_at", "id", "flow", "language", "direction"),
    sa.Index("call_by_language", "language", "started_at", "id", "flow", "disposition", "direction"),
    sa.Index("call_by_direction", "direction", "started_at", "id", "flow", "disposition", "language"),
    sa.Index("call_by_party", "party", "started_at", "id"),
    sa.Index("call_by_worst", "worst_ms"),
    sa.Index("call_by_median", "median_ms"),
)

# A migration makes what no metadata describes: on SQLite the FTS5 table `call_words` over this one, kept by
# triggers, on PostgreSQL the generated column `words` with its index.
call_text = sa.Table(
    "call_text",
    metadata,
    sa.Column("no", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("call", sa.String(64), sa.ForeignKey("call.id", ondelete="CASCADE"), nullable=False),
    sa.Column("said", sa.Text, nullable=False, server_default="", comment=_SAID),
    sa.UniqueConstraint("call"),
)


def _of_call() -> sa.Column[str]:
    return sa.Column("call", sa.String(64), sa.ForeignKey("call.id", ondelete="CASCADE"), primary_key=True)


call_event = sa.Table(
    "call_event",
    metadata,
    _of_call(),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("data", sa.Text, nullable=False, comment='JSON object {"fact": ..., "orders": [...]}'),
    sa.Column("sealed", sa.LargeBinary, comment=_MASKABLE),
)

turn = sa.Table(
    "turn",
    metadata,
    _of_call(),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("turn", sa.Integer, nullable=False),
    sa.Column("step", sa.String(200), nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("prompt", sa.Text, nullable=False),
    sa.Column("heard", sa.Text, nullable=False),
    sa.Column("input", sa.Text, nullable=False),
    sa.Column("source", sa.String(20), nullable=False),
    sa.Column("understood", sa.Text, nullable=False),
    sa.Column("outcome", sa.String(40), nullable=False),
    sa.Column("barged_in", sa.Boolean, nullable=False),
    sa.Column("false_alarms", sa.Integer, nullable=False),
    sa.Column("asked_ms", sa.BigInteger, nullable=False),
    sa.Column("prompt_ended_ms", sa.BigInteger),
    sa.Column("answered_ms", sa.BigInteger, nullable=False),
    sa.Column("latency_ms", sa.Text, nullable=False, comment="JSON object"),
    sa.Column("sealed", sa.LargeBinary, comment=_MASKABLE),
    sa.Column(
        "providers",
        sa.Text,
        nullable=False,
        server_default="{}",
        comment="JSON object: the name of who served, by service",
    ),
)

answer = sa.Table(
    "answer",
    metadata,
    _of_call(),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("turn", sa.Integer, nullable=False),
    sa.Column("slot", sa.String(200), nullable=False),
    sa.Column("value", sa.Text, nullable=False, comment="JSON"),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("raw", sa.Text, nullable=False),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("source", sa.String(20), nullable=False),
    sa.Column("confidence", sa.Float, nullable=False),
    sa.Column("asks", sa.Integer, nullable=False),
    sa.Column("no_inputs", sa.Integer, nullable=False),
    sa.Column("no_matches", sa.Integer, nullable=False),
    sa.Column("language", sa.String(35), nullable=False),
    sa.Column("prompt_started_ms", sa.BigInteger, nullable=False),
    sa.Column("prompt_ended_ms", sa.BigInteger),
    sa.Column("answered_ms", sa.BigInteger, nullable=False),
    sa.Column("latency_ms", sa.BigInteger, nullable=False),
    sa.Column("sealed", sa.LargeBinary, comment=_MASKABLE),
)

recording = sa.Table(
    "recording",
    metadata,
    _of_call(),
    sa.Column("path", sa.String(500), primary_key=True, comment="relative to the data directory"),
    sa.Column("kind", sa.String(20), nullable=False, comment="call (both sides) or answer"),
    sa.Column("slot", sa.String(200), nullable=False, server_default="", comment="of an answer's recording"),
    sa.Column("added_at", UtcTime, nullable=False),
)

api_key = sa.Table(
    "api_key",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False, unique=True, comment="SHA-256 of the key"),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("added_at", UtcTime, nullable=False),
    sa.Column("revoked_at", UtcTime),
)

web_session = sa.Table(
    "web_session",
    metadata,
    sa.Column("hash", sa.LargeBinary, primary_key=True, comment="SHA-256 of the cookie"),
    sa.Column("key_hash", sa.LargeBinary, nullable=False, comment="of the key that opened it"),
    sa.Column("csrf", sa.String(100), nullable=False),
    sa.Column("opened_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime, nullable=False),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("who", sa.String(100), nullable=False, comment="the key's name"),
    sa.Column("address", sa.String(45), nullable=False),
    sa.Column("action", sa.String(40), nullable=False),
    sa.Column("call", sa.String(64), comment="outlives the call: no foreign key"),
    sa.Column("detail", sa.String(500), nullable=False),
    sa.Index("audit_by_call", "call"),
)

quota_cell = sa.Table(
    "quota_cell",
    metadata,
    sa.Column("flow", sa.String(200), primary_key=True),
    sa.Column("cell", sa.String(60), primary_key=True),
    sa.Column("target", sa.BigInteger, nullable=False, comment="as the last call that asked knew it"),
)

quota_place = sa.Table(
    "quota_place",
    metadata,
    sa.Column("call", sa.String(64), primary_key=True, comment="outlives the call: no foreign key"),
    sa.Column("flow", sa.String(200), primary_key=True),
    sa.Column("cell", sa.String(60), primary_key=True),
    sa.Column("state", sa.String(10), nullable=False, comment="reserved, committed or released"),
    sa.Column("reserved_at", UtcTime, nullable=False),
    sa.Column("settled_at", UtcTime),
    sa.Index("quota_place_by_cell", "flow", "cell", "state"),
)

do_not_call = sa.Table(
    "do_not_call",
    metadata,
    sa.Column("hash", sa.String(64), primary_key=True, comment="HMAC-SHA-256 of the number"),
    sa.Column("sealed", sa.LargeBinary, nullable=False, comment="the number, encrypted"),
    sa.Column("source", sa.String(20), nullable=False, comment="caller or operator"),
    sa.Column("call", sa.String(64), comment="outlives the call: no foreign key"),
    sa.Column("added_at", UtcTime, nullable=False),
)

callback = sa.Table(
    "callback",
    metadata,
    _of_call(),
    sa.Column("errand", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("flow", sa.String(200), nullable=False),
    sa.Column("step", sa.String(200), nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False, comment="the number, encrypted"),
    sa.Column("at", UtcTime, comment="without one, any time"),
    sa.Column("wanted", sa.String(40), nullable=False, comment="the moment with its offset, as it was given"),
    sa.Column("zone", sa.String(60), nullable=False),
    sa.Column("status", sa.String(20), nullable=False, comment="open, done or canceled"),
    sa.Column("added_at", UtcTime, nullable=False),
    sa.Index("callback_by_time", "status", "at"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    _of_call(),
    sa.Column("errand", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("host", sa.String(255), nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False, comment="what is sent, encrypted"),
    sa.Column("state", sa.String(10), nullable=False, comment="pending, done or failed"),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("due_at", UtcTime, nullable=False),
    sa.Column("reason", sa.String(40), nullable=False, server_default=""),
    sa.Column("reply", sa.LargeBinary, comment="what came back, encrypted"),
    sa.Column("added_at", UtcTime, nullable=False),
    sa.Index("outbox_by_time", "state", "due_at"),
)
