"""What flows ask of the world: places in quotas, numbers not to call, calls to make, messages to send."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _quotas()
    op.create_table(
        "do_not_call",
        sa.Column("hash", sa.String(length=64), nullable=False, comment="HMAC-SHA-256 of the number"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False, comment="the number, encrypted"),
        sa.Column("source", sa.String(length=20), nullable=False, comment="caller or operator"),
        sa.Column("call", sa.String(length=64), nullable=True, comment="outlives the call: no foreign key"),
        sa.Column("added_at", sa.String(length=29), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    _callback()
    _outbox()


def _quotas() -> None:
    op.create_table(
        "quota_cell",
        sa.Column("flow", sa.String(length=200), nullable=False),
        sa.Column("cell", sa.String(length=60), nullable=False),
        sa.Column("target", sa.BigInteger(), nullable=False, comment="as the last call that asked knew it"),
        sa.PrimaryKeyConstraint("flow", "cell"),
    )
    op.create_table(
        "quota_place",
        sa.Column("call", sa.String(length=64), nullable=False, comment="outlives the call: no foreign key"),
        sa.Column("flow", sa.String(length=200), nullable=False),
        sa.Column("cell", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False, comment="reserved, committed or released"),
        sa.Column("reserved_at", sa.String(length=29), nullable=False),
        sa.Column("settled_at", sa.String(length=29), nullable=True),
        sa.PrimaryKeyConstraint("call", "flow", "cell"),
    )
    op.create_index("quota_place_by_cell", "quota_place", ["flow", "cell", "state"], unique=False)


def _callback() -> None:
    op.create_table(
        "callback",
        sa.Column("call", sa.String(length=64), nullable=False),
        sa.Column("errand", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("flow", sa.String(length=200), nullable=False),
        sa.Column("step", sa.String(length=200), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False, comment="the number, encrypted"),
        sa.Column("at", sa.String(length=29), nullable=True, comment="without one, any time"),
        sa.Column(
            "wanted",
            sa.String(length=40),
            nullable=False,
            comment="the moment with its offset, as it was given",
        ),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False, comment="open, done or canceled"),
        sa.Column("added_at", sa.String(length=29), nullable=False),
        sa.ForeignKeyConstraint(["call"], ["call.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("call", "errand"),
    )
    op.create_index("callback_by_time", "callback", ["status", "at"], unique=False)


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("call", sa.String(length=64), nullable=False),
        sa.Column("errand", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False, comment="what is sent, encrypted"),
        sa.Column("state", sa.String(length=10), nullable=False, comment="pending, done or failed"),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.String(length=29), nullable=False),
        sa.Column("reason", sa.String(length=40), server_default="", nullable=False),
        sa.Column("reply", sa.LargeBinary(), nullable=True, comment="what came back, encrypted"),
        sa.Column("added_at", sa.String(length=29), nullable=False),
        sa.ForeignKeyConstraint(["call"], ["call.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("call", "errand"),
    )
    op.create_index("outbox_by_time", "outbox", ["state", "due_at"], unique=False)
