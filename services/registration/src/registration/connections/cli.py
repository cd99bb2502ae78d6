"""``connections put | list | rotate | disable``, and ``secrets rekey``"""

import argparse
import sys
from datetime import timedelta
from pathlib import Path

from pydantic import TypeAdapter

from registration.command_output import moment, table
from registration.connections.repository.connections import Connections
from registration.connections.schemas import ChangedConnection, ConnectionSpec, ConnectionView, Rotation
from registration.connections.use_cases.connection_manager import ConnectionManager
from registration.settings import Settings
from registration.systems.connection import SYSTEMS
from shared.contract.events.fields import Id
from shared.database.mongo import Database, Tx
from shared.database.signing_keys import SigningKeys
from shared.encryption import Cipher
from shared.runtime.command_output import Output

_OPTIONS = "pretix: organizer, event; indico: event, form"
_SESSIONS = "their id of a check-in list or session, and the conference's session"


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Add these commands to the command line."""
    about = "connections to the systems that conferences use: put, list, rotate, disable"
    connections = commands.add_parser("connections", help=about).add_subparsers(required=True, metavar="COMMAND")

    put = connections.add_parser("put", parents=[common], help="create or change a connection; a new secret is shown once")
    put.add_argument("id", help="chosen by you; part of the address for its webhooks")
    put.add_argument("--system", required=True, choices=SYSTEMS)
    put.add_argument("--conference", required=True)
    put.add_argument("--api-url", help="the base URL of the system's API; nothing is fetched from elsewhere")
    put.add_argument(
        "--api-token-file", type=Path, metavar="FILE", help="the token for its API, in a file, or - for standard input"
    )
    put.add_argument(
        "--secret-file", type=Path, metavar="FILE", help="the webhook secret, if the system generated it; else one is generated"
    )
    put.add_argument("--option", type=_pair, action="append", default=[], metavar="NAME=VALUE", help=_OPTIONS)
    put.add_argument("--session", type=_pair, action="append", default=[], metavar="THEIRS=OURS", help=_SESSIONS)
    put.add_argument(
        "--own-addresses", action="store_true", help="every attendee gave their own address, rather than the buyer's"
    )
    put.add_argument("--events-per-minute", type=int)
    put.add_argument("--poll-minutes", type=int, help="minutes between polls; pretix and indico only")
    put.set_defaults(work=_put)

    listed = connections.add_parser("list", parents=[common], help="list connections")
    listed.add_argument("--conference", help="only those of this conference")
    listed.set_defaults(work=_list)

    rotate = connections.add_parser("rotate", parents=[common], help="give a connection a new secret, shown once")
    rotate.add_argument("id")
    rotate.add_argument("--grace-hours", type=float, default=24.0, help="how long the old one stays valid (%(default)s)")
    rotate.add_argument(
        "--secret-file", type=Path, metavar="FILE", help="the new secret, if the system generated it; else one is generated"
    )
    rotate.set_defaults(work=_rotate)

    disable = connections.add_parser("disable", parents=[common], help="stop accepting anything from a connection, at once")
    disable.add_argument("id")
    disable.set_defaults(work=_disable)

    about = "re-encrypt connections' secrets and the keys that sign credentials with the first key of SECRETS_KEY"
    secrets = commands.add_parser("secrets", help="rekey: " + about).add_subparsers(required=True, metavar="COMMAND")
    secrets.add_parser("rekey", parents=[common], help=about).set_defaults(work=_rekey)


async def _put(options: argparse.Namespace, settings: Settings, database: Database) -> Output:
    id = TypeAdapter[str](Id).validate_python(options.id)
    values = {
        "system": options.system,
        "conference_id": options.conference,
        "api_url": options.api_url,
        "api_token": _read(options.api_token_file),
        "secret": _read(options.secret_file),
        "options": dict(options.option),
        "sessions": dict(options.session),
        "own_addresses": options.own_addresses,
        "events_per_minute": options.events_per_minute,
        "poll_minutes": options.poll_minutes,
    }
    spec = ConnectionSpec.model_validate({name: value for name, value in values.items() if value is not None})
    connection_manager = _connection_manager(settings, database)
    connection, secret = await database.transact(lambda tx: connection_manager.put(id, spec.config(), tx))
    return _changed(ChangedConnection.with_secret(connection, secret))


async def _list(options: argparse.Namespace, settings: Settings, database: Database) -> Output:
    connection_manager = _connection_manager(settings, database)
    connections = await database.transact(lambda tx: connection_manager.all(options.conference, tx))
    views = [ConnectionView.of(connection) for connection in connections]
    return Output(_table(views), views)


async def _rotate(options: argparse.Namespace, settings: Settings, database: Database) -> Output:
    rotation = Rotation.model_validate({"grace_hours": options.grace_hours, "secret": _read(options.secret_file)})
    connection_manager = _connection_manager(settings, database)
    grace = timedelta(hours=rotation.grace_hours)
    connection, secret = await database.transact(
        lambda tx: connection_manager.rotate(options.id, grace, tx, secret=rotation.new_secret())
    )
    return _changed(ChangedConnection.with_secret(connection, secret))


async def _disable(options: argparse.Namespace, settings: Settings, database: Database) -> Output:
    await database.transact(lambda tx: _connection_manager(settings, database).disable(options.id, tx))
    return Output(f"The connection {options.id} is disabled.", {"id": options.id, "disabled": True})


async def _rekey(_: argparse.Namespace, settings: Settings, database: Database) -> Output:
    connection_manager = _connection_manager(settings, database)
    connections = await database.transact(lambda tx: connection_manager.all(None, tx))
    for connection in connections:

        async def renew(tx: Tx, id: str = connection.id) -> None:
            await connection_manager.renew_encryption(id, tx)

        await database.transact(renew)
    count = len(connections)
    signing_keys = await database.transact(SigningKeys(database.db, Cipher(settings.secrets_key)).renew_encryption)
    return Output(
        f"{count} connections and {signing_keys} signing keys are encrypted with the first key of SECRETS_KEY; the other keys "
        "can be removed.",
        {"connections": count, "signing_keys": signing_keys},
    )


def _connection_manager(settings: Settings, database: Database) -> ConnectionManager:
    return ConnectionManager(Connections(database.db), Cipher(settings.secrets_key))


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise argparse.ArgumentTypeError(f"{text!r} must have = between name and value")
    return name, value


def _read(path: Path | None) -> str | None:
    """A secret from a file: an argument would show in the list of processes."""
    if path is None:
        return None
    return (sys.stdin.read() if str(path) == "-" else path.read_text()).strip()


def _changed(connection: ChangedConnection) -> Output:
    shown = ""
    if connection.secret:
        shown = f"\n\nThis is its secret, for {connection.system}. It is shown only once:\n\n{connection.secret}\n"
    return Output(_table([connection]) + shown, connection)


def _table(connections: list[ConnectionView] | list[ChangedConnection]) -> str:
    titles = ("id", "system", "conference", "api", "webhooks to", "secrets", "state")
    rows = [
        (
            one.id,
            one.system,
            one.conference_id,
            one.api_url or "-",
            one.webhook_path or "-",
            ", ".join(f"until {moment(s.expires_at)}" if s.expires_at else f"of {moment(s.created_at)}" for s in one.secrets)
            or "-",
            "disabled" if one.disabled else "enabled",
        )
        for one in connections
    ]
    return table(titles, rows)
