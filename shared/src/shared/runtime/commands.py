"""The commands of each service but registration, such as ``python -m listings keys bootstrap``."""

import argparse
import asyncio
import sys
from datetime import timedelta
from functools import partial
from typing import Final

from pymongo.errors import PyMongoError

from shared import clock
from shared.database.mongo import Database, DatabaseUnfit
from shared.encryption import Undecryptable
from shared.environment import read_settings
from shared.logging import configure_logging
from shared.messaging.kafka import TopicUnfit
from shared.refusals import Refusal
from shared.runtime.command_line import command_line
from shared.runtime.command_output import Output
from shared.runtime.migration import Migration
from shared.runtime.recovery import Recovery, Republishing
from shared.settings import ServiceSettings
from shared.web.access.copies import BOOTSTRAP_HOURS, KeyCopies

_DATABASE_SECONDS: Final = 5
_ABOUT: Final = "Runs the service, unless a command is given. Commands use the service's database and settings."


def run(service: str, settings_type: type[ServiceSettings], republishing: Republishing, arguments: list[str]) -> int:
    """Run one command. Returns the exit status: 0 if it succeeded, 1 if it failed. Wrong use exits with 2.

    ``republishing``: what the service publishes again after its database was restored.
    """
    options = _parser(service, settings_type, republishing).parse_args(arguments)
    settings = read_settings(settings_type)
    configure_logging(service, settings.log_level, settings.log_format)
    try:
        output = asyncio.run(_run(service, settings, options))
    except (Refusal, Undecryptable, ConnectionError, DatabaseUnfit, TopicUnfit, PyMongoError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    output.show(as_json=options.json)
    return 0


async def _run(service: str, settings: ServiceSettings, options: argparse.Namespace) -> Output:
    database = Database(service, settings)
    try:
        await database.wait_until_fit(_DATABASE_SECONDS)
        output: Output = await options.work(options, settings, database)
        return output
    finally:
        database.close()


def _parser(service: str, settings_type: type[ServiceSettings], republishing: Republishing) -> argparse.ArgumentParser:
    parser = command_line(service, settings_type, _ABOUT)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="show the result as JSON")
    keys = commands.add_parser("keys", help="API keys: bootstrap").add_subparsers(required=True, metavar="COMMAND")
    bootstrap = keys.add_parser(
        "bootstrap", parents=[common], help="create a first API key, while registration has published none; it is shown once"
    )
    bootstrap.add_argument(
        "--hours", type=_hours, default=BOOTSTRAP_HOURS, help=f"how many hours it is valid: at most {BOOTSTRAP_HOURS:.0f}"
    )
    bootstrap.set_defaults(work=partial(_bootstrap, service))
    Migration(service).add_to(commands, common)
    Recovery(service, republishing).add_to(commands, common)
    return parser


def _hours(text: str) -> float:
    try:
        hours = float(text)
    except ValueError:
        hours = 0.0
    if not 0 < hours <= BOOTSTRAP_HOURS:
        raise argparse.ArgumentTypeError(f"must be a number above 0, at most {BOOTSTRAP_HOURS:.0f}, not {text!r}")
    return hours


async def _bootstrap(service: str, options: argparse.Namespace, _: ServiceSettings, database: Database) -> Output:
    copies, lifetime = KeyCopies(database.db), timedelta(hours=options.hours)
    key, shown = await database.transact(lambda tx: copies.bootstrap(service, lifetime, tx))
    ends, scopes = key.expires_at or clock.now(), sorted(key.scopes)
    text = (
        f"The key {key.id} has the scopes {', '.join(scopes)}. It expires at {ends:%Y-%m-%d %H:%MZ}, or when "
        f"registration publishes its first key.\n\nThis is the key. It is shown only once, and stored nowhere:\n\n{shown}\n"
    )
    return Output(text, {"id": key.id, "scopes": scopes, "expires_at": ends.isoformat(), "key": shown})
