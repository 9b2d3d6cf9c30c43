"""Who may use the console and the API, who is signed in, and who did what."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "api_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False, comment="SHA-256 of the key"),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("added_at", sa.String(length=29), nullable=False),
        sa.Column("revoked_at", sa.String(length=29), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hash"),
    )
    op.create_table(
        "web_session",
        sa.Column("hash", sa.LargeBinary(), nullable=False, comment="SHA-256 of the cookie"),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False, comment="of the key that opened it"),
        sa.Column("csrf", sa.String(length=100), nullable=False),
        sa.Column("opened_at", sa.String(length=29), nullable=False),
        sa.Column("expires_at", sa.String(length=29), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=29), nullable=False),
        sa.Column("who", sa.String(length=100), nullable=False, comment="the key's name"),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("call", sa.String(length=64), nullable=True, comment="outlives the call: no foreign key"),
        sa.Column("detail", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("audit_by_call", "audit", ["call"], unique=False)
