"""Ratings, the people and the items they are of, and the number of the last write."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Sorted by bytes on every machine, whatever language the server speaks."""


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "ratings",
        sa.Column("user_id", ID, primary_key=True),
        sa.Column("item_id", ID, primary_key=True),
        sa.Column("rating", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False, comment="Unix microseconds"),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,  # kept in the order of users: one person's ratings lie together
    )
    op.create_table(
        "users",
        sa.Column("user_id", ID, primary_key=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "items",
        sa.Column("item_id", ID, primary_key=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("genres", sa.Text(), nullable=False, comment="a list in JSON"),
        sqlite_with_rowid=False,
    )
    if op.get_context().dialect.name == "postgresql":
        op.execute("CREATE SEQUENCE revisions")
    else:
        op.create_table("revisions", sa.Column("last", sa.BigInteger(), nullable=False))
        op.execute("INSERT INTO revisions (last) VALUES (0)")
