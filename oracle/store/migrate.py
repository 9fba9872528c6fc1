"""Bringing a database's schema up to this release's, all of it in one transaction."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from oracle.store.errors import DatabaseUnusable

FIRST = "0001"
"""The schema of release 0.1, which wrote no version that alembic reads."""


def migrate(connection: Connection, name: str) -> None:
    """Runs what migrations the database called `name` lacks. Raises DatabaseUnusable when a newer release wrote it."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    known = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    found = MigrationContext.configure(connection).get_current_revision()
    if found is None and inspect(connection).has_table("guard"):
        command.stamp(config, FIRST)
    elif found is not None and found not in known:
        raise DatabaseUnusable(
            f"{name} has schema {found} of a newer release; this one knows {known[-1]} to {known[0]}: install the "
            "newer release again (a node must not go back to an older copy of its database)"
        )
    command.upgrade(config, "head")


def differences(connection: Connection, metadata: Any) -> list[Any]:
    """How the database differs from `metadata`, as alembic sees it: nothing once it is migrated."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415 - only tests and new migrations want it

    return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata))
