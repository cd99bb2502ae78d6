"""Decisions about persons: declarations, merges, splits and erasure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from registration.attendance.repository.pending import PendingEvents
from registration.attendees.domain.attendance import Attendee, Fact
from registration.attendees.domain.changes import AttendeeChanges
from registration.attendees.domain.people import Group, Identity, Merge, Person, groups_of, regroup
from registration.attendees.repository.attendees import Attendees
from registration.attendees.repository.facts import Facts
from registration.attendees.repository.identities import Identities
from registration.attendees.use_cases import Profiles
from registration.organizers.use_cases import Organizers
from shared.contract.events.registration import ContactErased
from shared.contract.topics import CONTACTS, PROFILES
from shared.database.mongo import Tx
from shared.refusals import Conflict, NotFound

ENCOUNTERS_PER_TRANSACTION: Final = 200
"""How many encounters with a person are processed in one transaction."""


class People:
    """Decisions about persons, each in the transaction given."""

    def __init__(
        self,
        attendees: Attendees,
        facts: Facts,
        identities: Identities,
        pending: PendingEvents,
        profiles: Profiles,
        organizers: Organizers,
    ) -> None:
        self._attendees = attendees
        self._facts = facts
        self._identities = identities
        self._pending = pending
        self._profiles = profiles
        self._organizers = organizers

    async def get(self, id: str, tx: Tx) -> Person:
        """The person with this attendee.

        Raises:
            NotFound: there is nobody with this id.
        """
        return (await self._changes({id}, tx, must=[id])).person(id)

    async def find(self, id: str, tx: Tx) -> Person | None:
        """The person with this attendee; None if there is none."""
        changes = await self._changes({id}, tx)
        return changes.person(id) if id in changes.attendees else None

    async def first_known(self, ids: Sequence[str], tx: Tx) -> str:
        """The first of a person's ids that is an attendee's; the first of all if none is."""
        for id in ids if len(ids) > 1 else ():
            if await self.find(id, tx):
                return id
        return ids[0]

    async def declare(
        self, id: str, details: Mapping[str, Any], by: str, tx: Tx, hosts: Mapping[str, bool | None] | None = None
    ) -> Person:
        """Record what the person declares (see ``Attendee.own_details``), for all of the person's attendees. No event overrides
        it. ``hosts``: see ``Attendee.declare_hosts``.

        Raises:
            NotFound: there is nobody with this id.
            Conflict: there would be answers about too many hosts.
        """
        changes = await self._changes({id}, tx, must=[id])
        person = changes.person(id)
        for member in person.members:
            changed = changes.change(member.id)
            changed.declare(details, tx.now, by)
            if hosts:
                changed.declare_hosts(hosts, tx.now, by)
        await self._profiles.publish(changes, tx)
        return person

    async def merge(self, id: str, into: str, by: str, tx: Tx) -> Person:
        """Merge an attendee into another, who is kept: both are one person from now on. Repeating it changes nothing.

        Raises:
            NotFound: one of them is not known.
            Conflict: they are one person already, or it is the same id.
        """
        identities = await self._groups({id, into}, tx)
        known = identities[id].merge
        if known and known.into == into:
            return await self.get(into, tx)
        if known:
            raise Conflict(f"{id} is already merged into {known.into}; undo that first")
        if id in identities[into].group:
            raise Conflict(f"{id} and {into} are already one person; {id} is the one that is kept")
        identities[id] = replace(identities[id], merge=Merge(into, tx.now, by))
        return await self._regroup([into, id], identities, tx)

    async def split(self, id: str, tx: Tx) -> Person:
        """Undo the merge of this attendee into another: both are separate persons again.

        Raises:
            NotFound: there is nobody with this id, or it is not merged into another.
        """
        identities = await self._groups({id}, tx)
        if not identities[id].merge:
            raise NotFound("merge of the attendee", id)
        identities[id] = replace(identities[id], merge=None)
        return await self._regroup([id], identities, tx)

    async def changes(self, ids: Collection[str], tx: Tx) -> AttendeeChanges:
        """These attendees with all others of the same persons, to be changed or published."""
        return await self._changes(ids, tx)

    async def erased_at(self, id: str, tx: Tx) -> datetime | None:
        """When the person with this id was last erased; None if never."""
        identity = (await self._identities.get_many([id], tx)).get(id)
        return identity.erased_at if identity else None

    async def erase(self, id: str, tx: Tx, at: datetime | None = None) -> Group:
        """Erase the person's attendees, their facts, others' encounters with them, and their role as organizer.

        Returns the ids of the attendees.

        Tombstones erase their contacts and profiles in other services. Only these ids stay, so that older events that arrive
        after the erasure are not recorded. If there is much to erase, ``propagate`` erases the rest. ``at``: when the person
        was erased; now, if it is not given.
        """
        person = (await self._changes({id}, tx)).person(id)
        group = tuple((await self._groups({id}, tx))[id].group)
        await self._organizers.identify(person.members, dict.fromkeys(group), tx)
        await self._attendees.erase(group, tx)
        for member in person.members:
            if member.contact_version:
                version = member.contact_version + 1
                tx.publish(CONTACTS, member.id, ContactErased(attendee_id=member.id, version=version), version=version)
            tx.erase(CONTACTS, member.id)
            tx.erase(PROFILES, member.id)
        erased = [Identity(one, (one,), erased_at=at or tx.now) for one in group]
        await self._identities.save(erased, tx)
        await self._propagate_each(erased, tx)
        return group

    async def propagate(self, tx: Tx) -> bool:
        """Propagate the next part of a merge, split or erasure: profiles of people who met the person get the new ids, and
        facts about erased persons are deleted. Returns whether there may be more to do.
        """
        if due := await self._identities.due(tx):
            await self._propagate(*due, tx)
        return due is not None

    async def _propagate_each(self, identities: Iterable[Identity], tx: Tx) -> None:
        for identity in identities:
            await self._propagate(identity, "", tx)

    async def _propagate(self, identity: Identity, after: str, tx: Tx) -> None:
        last, more = await self._update_those_who_met(identity, after, tx), False
        if erased_at := identity.erased_at:
            more = await self._facts.erase_page(identity.id, erased_at, tx)
            # A transaction that could not see the erasure yet may have added pending events.
            await self._pending.erase_until(identity.id, erased_at, tx)
        await self._identities.propagated(identity.id, last or after if more else last, tx)

    async def _changes(self, ids: Collection[str], tx: Tx, must: Iterable[str] = ()) -> AttendeeChanges:
        groups = groups_of((await self._identities.get_many(ids, tx)).values())
        attendees = await self._attendees.get_many({member for id in ids for member in groups.get(id, (id,))}, tx)
        for id in must:
            if id not in attendees:
                raise NotFound("attendee", id)
        return AttendeeChanges({}, attendees, groups)

    async def _groups(self, ids: Collection[str], tx: Tx) -> dict[str, Identity]:
        """The identities of these ids, and of all ids in their groups."""
        known = await self._identities.get_many(ids, tx)
        known |= await self._identities.get_many(
            {one for identity in known.values() for one in identity.group} - known.keys(), tx
        )
        return known | {id: Identity(id, (id,)) for id in ids if id not in known}

    async def _regroup(self, ids: list[str], identities: dict[str, Identity], tx: Tx) -> Person:
        changes = await self._changes(identities, tx, must=ids)
        groups = regroup(identities)
        identities = {id: replace(identity, group=groups[id]) for id, identity in identities.items()}
        await self._identities.save(identities.values(), tx)
        changes.groups |= groups
        for one in groups:
            if one in changes.attendees:
                changes.change(one).regrouped += 1
        await self._profiles.publish(changes, tx)
        await self._organizers.identify(changes.attendees.values(), {id: group[0] for id, group in groups.items()}, tx)
        await self._propagate_each(identities.values(), tx)
        return changes.person(ids[0])

    async def _update_those_who_met(self, identity: Identity, after: str, tx: Tx) -> str | None:
        """Update the profiles of people who met this person, whose ids have changed or who was erased.

        Returns the id of the last encounter processed; None if there are no more.
        """
        encounters = await self._facts.encounters([identity.id], after, ENCOUNTERS_PER_TRANSACTION, tx)
        changes = await self._changes(set(encounters.values()), tx)
        if erased_at := identity.erased_at:
            facts = await self._facts.get_many(encounters.keys(), tx)
            await self._forget_encounters([fact for fact in facts.values() if fact.at <= erased_at], changes, tx)
        for attendee_id in set(encounters.values()) & changes.attendees.keys():
            attendee = changes.attendees[attendee_id]
            if identity.id in attendee.met() | attendee.met_aliases.keys():
                _note_aliases(identity.id, identity.group, attendee, changes)
        await self._profiles.publish(changes, tx)
        return max(encounters) if len(encounters) == ENCOUNTERS_PER_TRANSACTION else None

    async def _forget_encounters(self, facts: list[Fact], changes: AttendeeChanges, tx: Tx) -> None:
        """Erase encounters with an erased person, as if they had never been received."""
        await self._facts.erase([fact.id for fact in facts], tx)
        for fact in facts:
            if fact.attendee_id not in changes.attendees:
                continue
            attendee = changes.change(fact.attendee_id)
            attendee.facts -= 1
            if not fact.reverted and attendee.remove(fact):
                changes.outdated.add(attendee.id)


def _note_aliases(met: str, group: Group, attendee: Attendee, changes: AttendeeChanges) -> None:
    known = attendee.met_aliases.get(met, [met])
    if sorted(known) == sorted(group):
        return
    if len(group) > 1:
        changes.change(attendee.id).met_aliases[met] = list(group)
    else:
        del changes.change(attendee.id).met_aliases[met]
