"""People: what they agree to, which attendees are one person, and their right to be forgotten."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from registration.domain.attendance import Attendee, Fact
from registration.domain.ledger import Ledger
from registration.domain.people import Group, Identity, Merge, Person, groups_of, regroup
from registration.repository.attendees import Attendees
from registration.repository.identities import Identities
from registration.use_cases.profiles import Profiles
from shared.events.registration import ContactErased
from shared.mongo import TRANSACTION_SECONDS, Tx
from shared.problems import conflict, not_found
from shared.topics import CONTACTS, PROFILES

SETTLED_AFTER: Final = timedelta(seconds=TRANSACTION_SECONDS + 5)
"""By then every transaction that could not see a change of an identity has ended."""


class People:
    """Decisions about persons, each in the transaction given."""

    def __init__(self, attendees: Attendees, identities: Identities, profiles: Profiles) -> None:
        self._attendees = attendees
        self._identities = identities
        self._profiles = profiles

    async def get(self, id: str, tx: Tx) -> Person:
        """The person of whom this is an attendee's id, the one that is kept first.

        Raises:
            Problem: 404, there is nobody of this id.
        """
        return (await self._ledger({id}, tx, must=[id])).person(id)

    async def say(self, id: str, said: Mapping[str, Any], by: str, tx: Tx) -> Person:
        """Record what the person says here (see ``Attendee.words``). It holds for all that they are known by.

        It is their last word until an event of a later time says otherwise.

        Raises:
            Problem: 404, there is nobody of this id.
        """
        ledger = await self._ledger({id}, tx, must=[id])
        person = ledger.person(id)
        for member in person.members:
            ledger.change(member.id).say(said, tx.now, by)
        await self._profiles.publish(ledger, tx)
        return person

    async def merge(self, id: str, into: str, by: str, tx: Tx) -> Person:
        """From now on both are one person, known by what ``into`` is known by. Again, it changes nothing.

        Raises:
            Problem: 404, one of them is not known; 409, they are one person by other merges, or it is the same id.
        """
        identities = await self._groups({id, into}, tx)
        known = identities[id].merge
        if known and known.into == into:
            return await self.get(into, tx)
        if known:
            raise conflict(f"{id} is already merged into {known.into}; take that back first")
        if id in identities[into].group:
            raise conflict(f"{id} and {into} are already one person; {id} is the one that is kept")
        identities[id] = replace(identities[id], merge=Merge(into, tx.now, by))
        return await self._regroup([into, id], identities, tx)

    async def split(self, id: str, tx: Tx) -> Person:
        """Take the merge of this attendee into another back: what each of them was known by is theirs again.

        Raises:
            Problem: 404, there is nobody of this id, or it is not merged into another.
        """
        identities = await self._groups({id}, tx)
        if not identities[id].merge:
            raise not_found("merge of the attendee", id)
        identities[id] = replace(identities[id], merge=None)
        return await self._regroup([id], identities, tx)

    async def erase(self, id: str, tx: Tx) -> Group:
        """Forget the person: all that is kept, here and, by tombstones, elsewhere. Returns the ids that were theirs.

        Only the ids stay, so that what still comes in about the time before is not recorded again.

        Raises:
            Problem: 404, there is nobody of this id.
        """
        person = await self.get(id, tx)
        group = tuple((await self._groups({id}, tx))[id].group)
        facts = [fact for member in person.members for fact in (*member.fact_ids(), *member.reverted)]
        await self._attendees.erase_facts(facts, tx)
        await self._attendees.erase(group, tx)
        for member in person.members:
            if member.contact_version:
                version = member.contact_version + 1
                tx.publish(CONTACTS, member.id, ContactErased(attendee_id=member.id, version=version), version=version)
            tx.erase(CONTACTS, member.id)
            tx.erase(PROFILES, member.id)
        erased = {one: Identity(one, (one,), erased_at=tx.now) for one in group}
        await self._identities.save(erased.values(), tx)
        await self._tell_those_who_met(erased, tx)
        return group

    async def settle(self, tx: Tx) -> None:
        """Look once more at those who met persons whose identity changed: one may have been recorded at that moment."""
        ids = await self._identities.unsettled(tx.now - SETTLED_AFTER, 100)
        if ids:
            await self._tell_those_who_met(await self._identities.some(ids, tx), tx)
            await self._identities.settle(ids, tx)

    async def _ledger(self, ids: Collection[str], tx: Tx, must: Iterable[str] = ()) -> Ledger:
        groups = groups_of((await self._identities.some(ids, tx)).values())
        attendees = await self._attendees.some({member for id in ids for member in groups.get(id, (id,))}, tx)
        for id in must:
            if id not in attendees:
                raise not_found("attendee", id)
        return Ledger({}, attendees, groups=groups)

    async def _groups(self, ids: Collection[str], tx: Tx) -> dict[str, Identity]:
        """What is known of these ids, and of all that are in their groups."""
        known = await self._identities.some(ids, tx)
        known |= await self._identities.some({one for identity in known.values() for one in identity.group} - known.keys(), tx)
        return known | {id: Identity(id, (id,)) for id in ids if id not in known}

    async def _regroup(self, ids: list[str], identities: dict[str, Identity], tx: Tx) -> Person:
        ledger = await self._ledger(identities, tx, must=ids)
        groups = regroup(identities)
        identities = {id: replace(identity, group=groups[id]) for id, identity in identities.items()}
        await self._identities.save(identities.values(), tx)
        ledger.groups |= groups
        for one in groups:
            if one in ledger.attendees:
                ledger.change(one).regrouped += 1
        await self._profiles.publish(ledger, tx)
        await self._tell_those_who_met(identities, tx)
        return ledger.person(ids[0])

    async def _tell_those_who_met(self, identities: Mapping[str, Identity], tx: Tx) -> None:
        """Change the profiles of those who met one of these: the person met has other ids now, or is erased."""
        encounters = await self._attendees.encounters(identities.keys(), tx)
        ledger = await self._ledger(set(encounters.values()), tx)
        erased = {id: identity.erased_at for id, identity in identities.items() if identity.erased_at}
        facts = await self._attendees.facts(encounters.keys(), tx) if erased else {}
        before = [fact for fact in facts.values() if fact.subject in erased and fact.at <= erased[fact.subject]]
        await self._forget_encounters(before, ledger, tx)
        for attendee_id in set(encounters.values()) & ledger.attendees.keys():
            attendee = ledger.attendees[attendee_id]
            for met in (attendee.met() | attendee.also.keys()) & identities.keys():
                _name(met, identities[met].group, attendee, ledger)
        await self._profiles.publish(ledger, tx)

    async def _forget_encounters(self, facts: list[Fact], ledger: Ledger, tx: Tx) -> None:
        """Those who met an erased person never did; with the fact goes what it told of them, as if it had come after."""
        await self._attendees.erase_facts([fact.id for fact in facts], tx)
        losing = set()
        for fact in facts:
            attendee = ledger.attendees.get(fact.attendee_id)
            if attendee is None or fact.id not in attendee.attendance.get(fact.key, ()):
                continue
            ledger.change(attendee.id).remove(fact)
            losing.add(attendee.id)
        for id in losing:
            attendee = ledger.attendees[id]
            attendee.learn_anew((await self._attendees.facts(attendee.fact_ids(), tx)).values())


def _name(met: str, group: Group, attendee: Attendee, ledger: Ledger) -> None:
    known = attendee.also.get(met, [met])
    if sorted(known) == sorted(group):
        return
    if len(group) > 1:
        ledger.change(attendee.id).also[met] = list(group)
    else:
        del ledger.change(attendee.id).also[met]
