"""What is seen of other systems' objects becomes attendance: new facts are stated, those that stand no more reverted."""

import hmac
from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from pydantic import SecretStr

from registration.domain.connections import Connection
from registration.domain.objects import Fact, Part, SeenObject, Sighting
from registration.repository.identities import Identities
from registration.repository.objects import Objects
from registration.systems import FACTS
from registration.use_cases.intake import Intake, Statement
from shared.events.attendance import Reverted
from shared.logging import correlated, correlation_id
from shared.mongo import Tx

REMAPPED_TOGETHER: Final = 100


class Observing:
    """Runs in the transaction it is given: of two that see the same object at once, the later one runs again."""

    def __init__(self, objects: Objects, identities: Identities, intake: Intake, person_key: SecretStr) -> None:
        self._objects = objects
        self._identities = identities
        self._intake = intake
        self._key = person_key

    async def observe(self, connection: Connection, sightings: Iterable[Sighting], tx: Tx, *, changes_only: bool = False) -> None:
        """Take over what is newer of these sightings, and state and revert what that changes.

        ``changes_only``: leave out what says nothing new. Only where no older sighting can come later: otherwise, that
        something was still so at a later time is to be kept too.
        """
        sightings = list(sightings)
        known = await self._objects.some(connection, {sighting.object_id for sighting in sightings}, tx)
        seen, touched = dict(known), dict[str, str]()
        for sighting in sightings:
            one = seen.get(sighting.object_id) or SeenObject(sighting.object_id, connection.id)
            if changes_only and all(_same(one, part.name, part.data) for part in sighting.parts):
                continue
            if one.fold(sighting.parts):
                seen[one.id] = one
                touched[one.id] = sighting.cause or correlation_id.get()
        changed = [seen[id] for id in touched]
        await self._forget_erased(changed, connection, tx)
        for one in changed:
            with correlated(touched[one.id]):
                self._intake.state(self._reconcile(one, connection, tx), tx)
        kept = [one for one in changed if one.id in known or one.parts]
        await self._objects.save(
            connection, [one for one in kept if one.id not in known], [one for one in kept if one.id in known], tx
        )

    async def remap(self, connection: Connection, tx: Tx) -> int:
        """Work out some attendance anew by what the connection's ``sessions`` are now. Returns of how many objects."""
        objects = await self._objects.outdated(connection, REMAPPED_TOGETHER, tx)
        for one in objects:
            self._intake.state(self._reconcile(one, connection, tx), tx)
        await self._objects.save(connection, [], objects, tx)
        return len(objects)

    async def _forget_erased(self, objects: list[SeenObject], connection: Connection, tx: Tx) -> None:
        """Leave out of the objects what tells again of persons who were erased since, unless they came again later."""
        persons = {
            (one.id, part.name): self._objects.persons_in(connection, [part]) for one in objects for part in one.parts.values()
        }
        identities = await self._identities.some({id for ids in persons.values() for id in ids}, tx)
        erased = {id: identity.erased_at for id, identity in identities.items() if identity.erased_at}
        for one in objects if erased else ():
            came_again = {
                id
                for fact in self._facts(one, connection)
                for id in self._objects.persons_in(connection, [Part("", "", fact.data.model_dump(mode="json"))])
                if id in erased and fact.at > erased[id]
            }
            for name in list(one.parts):
                if persons[one.id, name] & erased.keys() - came_again:
                    del one.parts[name]

    def _facts(self, one: SeenObject, connection: Connection) -> list[Fact]:
        return FACTS[connection.system].facts(one.id, one.parts, connection)

    def _reconcile(self, one: SeenObject, connection: Connection, tx: Tx) -> list[Statement]:
        change = one.reconcile(self._facts(one, connection), self._digest)
        return [
            *(Statement(connection.source, id, fact.at, fact.data) for id, fact in change.stated),
            *(Statement(connection.source, f"{id}/reverted", tx.now, Reverted(reverts=id)) for id in change.reverted),
        ]

    def _digest(self, content: bytes) -> str:
        # Keyed: an address could be guessed from a plain hash.
        return hmac.new(self._key.get_secret_value().encode(), content, sha256).hexdigest()[:16]


def _same(one: SeenObject, name: str, data: dict[str, object]) -> bool:
    """Whether a part says what is known already, or nothing of an object that is not known."""
    return one.parts[name].data == data if name in one.parts else not data
