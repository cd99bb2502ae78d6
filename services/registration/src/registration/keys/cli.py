"""``keys create | list | revoke | publish``"""

import argparse
from datetime import timedelta
from functools import partial

from registration.command_output import moment, table
from registration.keys.repository import Keys
from registration.keys.schemas import IssuedKey, KeySpec, KeyView
from registration.keys.use_cases import KeyManager
from registration.settings import Settings
from shared import clock
from shared.database.mongo import Database
from shared.runtime.command_output import Output
from shared.web.access.scopes import SCOPES


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Add these commands to the command line."""
    keys = commands.add_parser("keys", help="API keys: create, list, revoke, publish").add_subparsers(
        required=True, metavar="COMMAND"
    )

    create = keys.add_parser("create", parents=[common], help="create a key; it is shown once")
    create.add_argument("--name", required=True, help="whose it is, or what it is for")
    create.add_argument("--scopes", required=True, help=f"what it may do, with commas between: {', '.join(SCOPES)}")
    create.add_argument("--conference", help="the only conference it is for; needs --source for registration's scopes")
    create.add_argument("--organization", help="the only organization it is for")
    create.add_argument("--source", help="the only source of events that it may publish")
    create.add_argument("--attendee", help="the person whose data it gives access to; with --scopes me")
    create.add_argument("--events-per-minute", type=int)
    create.add_argument("--days", type=float, help="how long it is valid; else until it is revoked")
    create.set_defaults(work=_create)

    listed = keys.add_parser("list", parents=[common], help="list keys, except people's own")
    listed.set_defaults(work=_list)

    revoke = keys.add_parser("revoke", parents=[common], help="revoke a key, at once")
    revoke.add_argument("id")
    revoke.set_defaults(work=_revoke)

    publish = keys.add_parser("publish", parents=[common], help="publish all keys again, if other services lost them")
    publish.set_defaults(work=_publish)


async def _create(options: argparse.Namespace, _: Settings, database: Database) -> Output:
    spec = KeySpec(
        name=options.name,
        scopes=options.scopes.split(","),
        conference_id=options.conference,
        organization_id=options.organization,
        source=options.source,
        attendee_id=options.attendee,
        events_per_minute=options.events_per_minute,
        expires_at=None if options.days is None else clock.now() + timedelta(days=options.days),
    )
    key_manager = KeyManager(Keys(database.db))
    key, text = await database.transact(lambda tx: key_manager.issue(**dict(spec), tx=tx))
    issued = IssuedKey.with_text(key, text)
    return Output(f"{_table([issued])}\n\nThis is the key. It is shown only once, and stored nowhere:\n\n{text}\n", issued)


async def _list(_: argparse.Namespace, __: Settings, database: Database) -> Output:
    key_manager = KeyManager(Keys(database.db))
    keys = await key_manager.page()
    while keys and (page := await key_manager.page(after=keys[-1].id)):
        keys += page
    views = [KeyView.of(key) for key in sorted(keys, key=lambda key: key.created_at)]
    return Output(_table(views), views)


async def _revoke(options: argparse.Namespace, _: Settings, database: Database) -> Output:
    await database.transact(lambda tx: KeyManager(Keys(database.db)).revoke(options.id, tx))
    return Output(
        f"The key {options.id} is revoked; the other services learn of it within seconds.",
        {"id": options.id, "revoked": True},
    )


async def _publish(_: argparse.Namespace, __: Settings, database: Database) -> Output:
    key_manager, count, after = KeyManager(Keys(database.db)), 0, ""
    while page := await database.transact(partial(key_manager.publish_again, after)):
        count, after = count + len(page), page[-1].id
    return Output(f"{count:,} keys are published again; the running service sends them to Kafka.", {"keys": count})


def _table(keys: list[KeyView] | list[IssuedKey]) -> str:
    titles = ("id", "name", "scopes", "conference", "organization", "source", "events/min", "last used", "valid")
    rows = [
        (
            key.id,
            key.name,
            ",".join(key.scopes),
            key.conference_id or "all",
            key.organization_id or "all",
            key.source or "any",
            f"{key.events_per_minute:,}",
            moment(key.last_used_at) if key.last_used_at else "never",
            _validity(key),
        )
        for key in keys
    ]
    return table(titles, rows)


def _validity(key: KeyView) -> str:
    if key.revoked_at:
        return f"revoked {moment(key.revoked_at)}"
    return f"until {moment(key.expires_at)}" if key.expires_at else "until revoked"
