"""Run by alembic: the steps, on the connection and in the transaction that oracle.store.migrate has open."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
