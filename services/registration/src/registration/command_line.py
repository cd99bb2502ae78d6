"""The command line: ``python -m registration keys create --name ops --scopes attendance,conferences``."""

import argparse
import asyncio
import sys

from pydantic import ValidationError
from pymongo.errors import PyMongoError

from registration.connections import cli as connections
from registration.keys import cli as keys
from registration.portfolio import cli as credentials
from registration.republish import republish
from registration.settings import Settings
from shared.database.mongo import Database, DatabaseUnfit
from shared.encryption import Undecryptable
from shared.environment import read_settings
from shared.logging import configure_logging
from shared.messaging.kafka import TopicUnfit
from shared.refusals import Refusal
from shared.runtime.command_line import command_line
from shared.runtime.command_output import Output
from shared.runtime.migration import Migration
from shared.runtime.recovery import Recovery

DATABASE_SECONDS = 5


def main(arguments: list[str]) -> int:
    """Run one command. Returns the exit status: 0 if it succeeded, 1 if it failed, 2 if it was used wrongly."""
    options = _parser().parse_args(arguments)
    settings = read_settings(Settings)
    configure_logging("registration", settings.log_level, settings.log_format)
    try:
        output = asyncio.run(_run(options, settings))
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False):
            print(f"{'.'.join(map(str, fault['loc']))}: {fault['msg'].removeprefix('Value error, ')}", file=sys.stderr)
        return 2
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except (Undecryptable, ConnectionError, DatabaseUnfit, TopicUnfit, PyMongoError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    output.show(as_json=options.json)
    return 0


async def _run(options: argparse.Namespace, settings: Settings) -> Output:
    database = Database("registration", settings)
    try:
        await database.wait_until_fit(DATABASE_SECONDS)
        output: Output = await options.work(options, settings, database)
        return output
    finally:
        database.close()


def _parser() -> argparse.ArgumentParser:
    about = "Runs the service, unless a command is given. Commands use the service's database and settings."
    parser = command_line("registration", Settings, about)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="show the result as JSON")
    keys.add_to(commands, common)
    connections.add_to(commands, common)
    credentials.add_to(commands, common)
    Migration("registration").add_to(commands, common)
    Recovery("registration", republish).add_to(commands, common)
    return parser
