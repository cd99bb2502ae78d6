"""``credentials keys | revoke-key``"""

import argparse
from functools import partial

from registration.command_output import moment, table
from registration.portfolio.repository.placements import Placements
from registration.portfolio.repository.status_lists import StatusLists
from registration.portfolio.use_cases.credentials import ISSUER_KEYS
from registration.portfolio.use_cases.key_revoker import KeyRevoker
from registration.portfolio.use_cases.revoker import Revoker
from registration.settings import Settings
from shared import clock
from shared.database.mongo import Database
from shared.database.signing_keys import SigningKeys
from shared.encryption import Cipher
from shared.runtime.command_output import Output


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Add these commands to the command line."""
    credentials = commands.add_parser("credentials", help="keys that sign credentials: keys, revoke-key").add_subparsers(
        required=True, metavar="COMMAND"
    )
    listed = credentials.add_parser("keys", parents=[common], help="list the keys that sign or signed credentials")
    listed.set_defaults(work=_keys)
    about = "revoke a leaked key and all credentials that it signed; another key signs from then on"
    revoke = credentials.add_parser("revoke-key", parents=[common], help=about)
    revoke.add_argument("id")
    revoke.set_defaults(work=_revoke_key)


async def _keys(_: argparse.Namespace, settings: Settings, database: Database) -> Output:
    known = await SigningKeys(database.db, Cipher(settings.secrets_key)).all()
    now = ISSUER_KEYS.signing(known, clock.now())
    keys = [
        {
            "id": key.key.public.id,
            "not_before": moment(key.key.public.not_before),
            "signs_until": moment(key.signs_until),
            "state": f"revoked {moment(key.revoked_at)}" if key.revoked_at else "signs" if key == now else "",
        }
        for key in sorted(known, key=lambda key: key.number)
    ]
    return Output(table(("id", "from", "until", "state"), [tuple(key.values()) for key in keys]), {"keys": keys})


async def _revoke_key(options: argparse.Namespace, settings: Settings, database: Database) -> Output:
    keys = SigningKeys(database.db, Cipher(settings.secrets_key))
    revoker = KeyRevoker(keys, Placements(database.db), Revoker(StatusLists(database.db)))
    signs = await database.transact(partial(revoker.revoke, options.id))
    count = 0
    after: str | None = ""
    while after is not None:
        revoked, after = await database.transact(partial(revoker.revoke_credentials, options.id, after))
        count += revoked
    return Output(
        f"The key {options.id} is revoked, and {count:,} credentials that it signed; their recipients can have them issued "
        "again. "
        f"The key {signs} signs now.",
        {"id": options.id, "revoked": True, "credentials": count, "signs_now": signs},
    )
