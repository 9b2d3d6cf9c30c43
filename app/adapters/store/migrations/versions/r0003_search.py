"""What calls are found by: words, the other party's number, the slowness of their turns."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from app.adapters.store.selection import party_of
from app.adapters.store.summing import sum_up

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_CHUNK = 500
_ASKED_TOGETHER = ("flow", "disposition", "language", "direction")


def upgrade() -> None:
    """Make columns, indexes and the word index, then fill them from the calls that are there."""
    op.add_column(
        "call",
        sa.Column(
            "party",
            sa.String(length=32),
            server_default="",
            nullable=False,
            comment="the digits of the other party's number, the last one first",
        ),
    )
    op.add_column(
        "call",
        sa.Column(
            "worst_ms", sa.BigInteger(), nullable=True, comment="the slowest turn of a call that ended"
        ),
    )
    op.add_column(
        "call",
        sa.Column(
            "median_ms", sa.BigInteger(), nullable=True, comment="the turn in the middle of a call that ended"
        ),
    )
    op.drop_index("call_by_flow", "call")
    op.drop_index("call_by_disposition", "call")
    _texts()
    _fill()
    for column in _ASKED_TOGETHER:
        others = [other for other in _ASKED_TOGETHER if other != column]
        op.create_index(f"call_by_{column}", "call", [column, "started_at", "id", *others], unique=False)
    op.create_index("call_by_party", "call", ["party", "started_at", "id"], unique=False)
    op.create_index("call_by_worst", "call", ["worst_ms"], unique=False)
    op.create_index("call_by_median", "call", ["median_ms"], unique=False)


def _texts() -> None:
    op.create_table(
        "call_text",
        sa.Column("no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("call", sa.String(length=64), nullable=False),
        sa.Column(
            "said",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="folded words of an ended call's turns, of what stands there in plain",
        ),
        sa.ForeignKeyConstraint(["call"], ["call.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("no"),
        sa.UniqueConstraint("call"),
    )
    statements = _ON_SQLITE if op.get_bind().dialect.name == "sqlite" else _ON_POSTGRESQL
    for statement in statements:
        op.get_bind().exec_driver_sql(statement)


def _fill() -> None:
    connection = op.get_bind()
    for call in _calls(connection):
        connection.execute(
            sa.text("UPDATE call SET party = :party WHERE id = :id"),
            {"id": call.id, "party": party_of(call.direction, call.from_number, call.to_number)},
        )
        connection.execute(sa.text("INSERT INTO call_text (call) VALUES (:id)"), {"id": call.id})
        if call.disposition is not None:
            sum_up(connection, [call.id])


def _calls(connection: sa.Connection) -> Iterator[sa.Row[tuple[str, str, str, str, str, str | None]]]:
    """Yield all calls in the order in which they began, a few in memory at a time."""
    last = ("", "")
    query = sa.text(
        "SELECT id, started_at, direction, from_number, to_number, disposition FROM call "
        "WHERE (started_at, id) > (:started, :id) ORDER BY started_at, id LIMIT :chunk"
    )
    while True:
        values = {"started": last[0], "id": last[1], "chunk": _CHUNK}
        rows = connection.execute(query, values).all()
        yield from rows
        if len(rows) < _CHUNK:
            return
        last = (rows[-1].started_at, rows[-1].id)


# Texts hold folded words already; what is empty is in no index, so that an open call costs nothing there.
_OLD = (
    "INSERT INTO call_words (call_words, rowid, said) SELECT 'delete', old.no, old.said WHERE old.said <> '';"
)
_NEW = "INSERT INTO call_words (rowid, said) SELECT new.no, new.said WHERE new.said <> '';"
_ON_SQLITE = (
    "CREATE VIRTUAL TABLE call_words USING fts5 (said, content='call_text', content_rowid='no')",
    f"CREATE TRIGGER call_text_comes AFTER INSERT ON call_text BEGIN {_NEW} END",
    f"CREATE TRIGGER call_text_goes AFTER DELETE ON call_text BEGIN {_OLD} END",
    f"CREATE TRIGGER call_text_changes AFTER UPDATE OF said ON call_text BEGIN {_OLD} {_NEW} END",
)
_ON_POSTGRESQL = (
    "ALTER TABLE call_text ADD words tsvector GENERATED ALWAYS AS (to_tsvector('simple', said)) STORED",
    "CREATE INDEX call_text_words ON call_text USING gin (words)",
)
