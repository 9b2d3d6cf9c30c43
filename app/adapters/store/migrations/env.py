"""What Alembic runs: the steps, on the connection that the program holds already."""

from alembic import context

from app.adapters.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
