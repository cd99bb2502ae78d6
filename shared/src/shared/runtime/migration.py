"""``python -m listings migrate``: what a start does to the database, done before the first instance of a new release starts.

So an upgrade builds a large index while the old instances work, and no new one waits for it.
"""

import argparse
from importlib import import_module

from shared.database.mongo import Database
from shared.runtime.command_output import Output
from shared.settings import ServiceSettings


class Migration:
    """The command of one service."""

    def __init__(self, service: str) -> None:
        self._service = service

    def add_to(self, commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
        """Add it to the command line, with the options of ``common``."""
        help = "prepare the database for this release while the previous one still runs; repeating it is harmless"
        commands.add_parser("migrate", parents=[common], help=help, description=help).set_defaults(work=self._migrate)

    async def _migrate(self, _: argparse.Namespace, settings: ServiceSettings, __: Database) -> Output:
        # By its name: only this command needs the whole service, which takes seconds to import.
        app = import_module(f"{self._service}.main").create_app(settings)
        version: int = await app.state.migrate()
        return Output(f"The database is ready for this release. Its schema is version {version}.", {"schema_version": version})
