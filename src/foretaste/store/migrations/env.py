"""What alembic runs for each upgrade: the steps, on the connection and in the transaction that `schema` has begun."""

from alembic import context

from foretaste.store.schema import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
    transactional_ddl=True,  # of SQLite too: its transactions are begun by hand
)
with context.begin_transaction():
    context.run_migrations()
