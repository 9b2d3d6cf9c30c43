"""Which provider served each stage of a turn."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column; nobody told of turns that are there already."""
    op.add_column(
        "turn",
        sa.Column(
            "providers",
            sa.Text(),
            server_default="{}",
            nullable=False,
            comment="JSON object: the name of who served, by service",
        ),
    )
