"""Who may revoke which key."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from registration.keys.domain import Key
from registration.keys.use_cases import KeyManager
from shared.contract.events.registration import KeyChanged
from shared.contract.topics import KEYS as KEYS_TOPIC
from shared.contract.topics import Topic
from shared.database.mongo import Tx
from shared.refusals import Refusal
from shared.web.access.keys import digest
from shared.web.problems import STATUSES

NOW = datetime(2026, 7, 8, tzinfo=UTC)
OPERATOR = Key(
    id="operator",
    name="o",
    scopes=frozenset({"attendance", "conferences", "people", "connections", "keys"}),
    events_per_minute=6000,
    created_at=NOW,
    digest=digest("secret"),
)
GIVER = replace(OPERATOR, id="giver", scopes=frozenset({"attendance", "keys"}))
BOUND = replace(GIVER, id="bound", conference_id="c1", source="badges:c1")
OTHER_SOURCE = replace(BOUND, id="other-source", source="scanner:c1")
SCANNER = replace(BOUND, id="scanner", scopes=frozenset({"attendance"}))
HOST = replace(GIVER, id="host", scopes=frozenset({"keys", "listings"}), organization_id="o1")
OTHER_HOST = replace(HOST, id="other-host", organization_id="o2")
EVERY_HOST = replace(HOST, id="every-host", organization_id=None)
OWN = replace(OPERATOR, id="own", scopes=frozenset({"me"}), attendee_id="ada")
REVOKED = replace(OPERATOR, id="revoked", revoked_at=NOW)
EXPIRED = replace(OPERATOR, id="expired", expires_at=NOW)
KEYS = {
    key.id: key for key in (OPERATOR, GIVER, BOUND, OTHER_SOURCE, SCANNER, HOST, OTHER_HOST, EVERY_HOST, OWN, REVOKED, EXPIRED)
}


class _Keys:
    def __init__(self, last: str = "") -> None:
        self.revoked: list[str] = []
        self.locked = False
        self.last = last

    async def get(self, id: str, session: Any = None) -> Key | None:
        return KEYS.get(id)

    async def lock_managers(self, tx: Any) -> None:
        self.locked = True

    async def has_other_manager(self, key: Key, tx: Any) -> bool:
        assert self.locked, "two that are revoked at once would each see the other"
        return key.id != self.last

    async def revoke(self, key: Key, tx: Any) -> None:
        assert (key.revoked_at, key.version) == (NOW, 2)
        self.revoked.append(key.id)


class _Tx:
    session = None
    now = NOW

    def __init__(self) -> None:
        self.published: list[KeyChanged] = []

    def publish(self, topic: Topic, key: str, data: KeyChanged, *, version: int) -> None:
        assert (topic, key, version) == (KEYS_TOPIC, data.key_id, data.version)
        self.published.append(data)


async def revoked(id: str, by: Key | None, last: str = "") -> int:
    keys, tx = _Keys(last), _Tx()
    try:
        await KeyManager(cast("Any", keys)).revoke(id, cast("Tx", tx), by=by)
    except Refusal as refusal:
        assert (keys.revoked, tx.published) == ([], [])
        return STATUSES[type(refusal)]
    assert keys.revoked == [id]
    if KEYS[id].attendee_id:
        assert tx.published == [], "a person's own key is nobody else's business"
    else:
        [told] = tx.published
        assert (told.key_id, told.revoked_at, told.version) == (id, NOW, 2)
    return 204


@pytest.mark.parametrize(
    ("by", "id", "status"),
    [
        (GIVER, "operator", 404),
        (GIVER, "own", 404),
        (GIVER, "bound", 204),
        (GIVER, "giver", 204),
        (BOUND, "operator", 404),
        (BOUND, "giver", 404),
        (BOUND, "other-source", 404),
        (BOUND, "scanner", 204),
        (BOUND, "bound", 204),
        (HOST, "host", 204),
        (HOST, "other-host", 404),
        (HOST, "every-host", 404),
        (HOST, "giver", 404),
        (EVERY_HOST, "host", 204),
        (GIVER, "host", 404),
        (OPERATOR, "host", 404),
        (OPERATOR, "giver", 204),
        (OPERATOR, "own", 204),
        (OPERATOR, "operator", 204),
        (OPERATOR, "none", 404),
        (None, "operator", 204),
    ],
)
async def test_a_key_revokes_only_what_may_do_no_more_than_itself(by: Key | None, id: str, status: int) -> None:
    assert await revoked(id, by) == status


@pytest.mark.parametrize("id", ["operator", "giver", "bound"])
async def test_the_last_key_by_which_keys_can_be_managed_is_revoked_on_the_command_line_only(id: str) -> None:
    assert await revoked(id, OPERATOR, last=id) == 409
    assert await revoked(id, KEYS[id], last=id) == 409
    assert await revoked(id, None, last=id) == 204
    assert await revoked("scanner", OPERATOR, last="scanner") == 204


async def test_a_key_that_is_void_already_is_no_last_one() -> None:
    assert await revoked("expired", OPERATOR, last="expired") == 204
    await KeyManager(cast("Any", _Keys("revoked"))).revoke("revoked", cast("Tx", _Tx()), by=OPERATOR)
