"""The call log: flows, calls, their journal and what is projected from it."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    _flow()
    _call()
    _call_event()
    _turn()
    _answer()
    _recording()


def _flow() -> None:
    op.create_table(
        "flow",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("version", sa.String(length=200), nullable=False),
        sa.Column("yaml", sa.Text(), nullable=False),
        sa.Column("max_duration_ms", sa.BigInteger(), nullable=False),
        sa.Column("sensitive_steps", sa.Text(), nullable=False, comment="JSON array of step names"),
        sa.Column("frozen_at", sa.String(length=29), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )


def _call() -> None:
    op.create_table(
        "call",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("carrier_sid", sa.String(length=64), nullable=False),
        sa.Column("flow", sa.String(length=200), nullable=False),
        sa.Column("flow_version", sa.String(length=200), nullable=False),
        sa.Column("flow_sha256", sa.String(length=64), nullable=False),
        sa.Column("direction", sa.String(length=10), nullable=False),
        sa.Column("from_number", sa.String(length=200), nullable=False),
        sa.Column("to_number", sa.String(length=200), nullable=False),
        sa.Column("variables", sa.Text(), nullable=False, comment="JSON object"),
        sa.Column("language", sa.String(length=35), nullable=True),
        sa.Column("started_at", sa.String(length=29), nullable=False),
        sa.Column("answered_at", sa.String(length=29), nullable=True),
        sa.Column("ended_at", sa.String(length=29), nullable=True),
        sa.Column("last_event_at", sa.String(length=29), nullable=False),
        sa.Column("owner", sa.String(length=200), server_default="", nullable=False),
        sa.Column("epoch", sa.Integer(), server_default="0", nullable=False),
        sa.Column("resumes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("disposition", sa.String(length=20), nullable=True),
        sa.Column("cause", sa.String(length=200), nullable=True),
        sa.Column(
            "cost",
            sa.Numeric(precision=12, scale=6),
            nullable=True,
            comment="in US dollars, when the carrier told it",
        ),
        sa.ForeignKeyConstraint(["flow_sha256"], ["flow.sha256"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("carrier_sid"),
    )
    op.create_index("call_by_disposition", "call", ["disposition", "started_at"], unique=False)
    op.create_index("call_by_flow", "call", ["flow", "started_at"], unique=False)
    op.create_index("call_by_time", "call", ["started_at", "id"], unique=False)


def _call_event() -> None:
    op.create_table(
        "call_event",
        sa.Column("call", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("data", sa.Text(), nullable=False, comment='JSON object {"fact": ..., "orders": [...]}'),
        sa.Column(
            "sealed",
            sa.LargeBinary(),
            nullable=True,
            comment="the plain columns hold masks; sealed holds the truth as an encrypted JSON object",
        ),
        sa.ForeignKeyConstraint(["call"], ["call.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("call", "seq"),
    )


def _turn() -> None:
    op.create_table(
        "turn",
        sa.Column("call", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("heard", sa.Text(), nullable=False),
        sa.Column("input", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("understood", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("barged_in", sa.Boolean(), nullable=False),
        sa.Column("false_alarms", sa.Integer(), nullable=False),
        sa.Column("asked_ms", sa.BigInteger(), nullable=False),
        sa.Column("prompt_ended_ms", sa.BigInteger(), nullable=True),
        sa.Column("answered_ms", sa.BigInteger(), nullable=False),
        sa.Column("latency_ms", sa.Text(), nullable=False, comment="JSON object"),
        sa.Column(
            "sealed",
            sa.LargeBinary(),
            nullable=True,
            comment="the plain columns hold masks; sealed holds the truth as an encrypted JSON object",
        ),
        sa.ForeignKeyConstraint(["call"], ["call.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("call", "seq", "part"),
    )


def _answer() -> None:
    op.create_table(
        "answer",
        sa.Column("call", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("slot", sa.String(length=200), nullable=False),
        sa.Column("value", sa.Text(), nullable=False, comment="JSON"),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("asks", sa.Integer(), nullable=False),
        sa.Column("no_inputs", sa.Integer(), nullable=False),
        sa.Column("no_matches", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("prompt_started_ms", sa.BigInteger(), nullable=False),
        sa.Column("prompt_ended_ms", sa.BigInteger(), nullable=True),
        sa.Column("answered_ms", sa.BigInteger(), nullable=False),
        sa.Column("latency_ms", sa.BigInteger(), nullable=False),
        sa.Column(
            "sealed",
            sa.LargeBinary(),
            nullable=True,
            comment="the plain columns hold masks; sealed holds the truth as an encrypted JSON object",
        ),
        sa.ForeignKeyConstraint(["call"], ["call.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("call", "seq", "part"),
    )


def _recording() -> None:
    op.create_table(
        "recording",
        sa.Column("call", sa.String(length=64), nullable=False),
        sa.Column("path", sa.String(length=500), nullable=False, comment="relative to the data directory"),
        sa.Column("kind", sa.String(length=20), nullable=False, comment="call (both sides) or answer"),
        sa.Column(
            "slot",
            sa.String(length=200),
            server_default="",
            nullable=False,
            comment="of an answer's recording",
        ),
        sa.Column("added_at", sa.String(length=29), nullable=False),
        sa.ForeignKeyConstraint(["call"], ["call.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("call", "path"),
    )
