"""Nominations on a real database, without the service: the test moves time, and runs the background work."""

import json
from collections.abc import Awaitable
from functools import partial
from typing import Any, Final, Self

from matching.applications.use_cases.commitment_finder import CommitmentFinder
from matching.model.candidates import Candidate
from matching.nominations.domain.nomination import EVERYBODY, Nomination, Viewer
from matching.nominations.domain.transitions import Command
from matching.nominations.use_cases import Nominations
from matching.nominations.worker import NominationsWorker
from matching.recommendations.hiding.repository import HiddenListingsRepository
from matching.roles.repository import RolesRepository
from matching.roles.use_cases import RoleRecorder
from shared.contract.envelope import Event, Received
from shared.contract.events.listings import OrganizationChanged
from shared.contract.topics import NOMINATIONS, ORGANIZATIONS
from shared.database.mongo import Tx
from shared.refusals import Refusal
from support.applying import DAY, Applying
from support.nominations import NOTE, nominee, proposal

KEEP: Final = 365 * DAY


class Nominating(Applying):
    """The use cases of nominations. The mentor m1 of the organization o1 met everybody at the conference c1."""

    def __init__(self) -> None:
        super().__init__()
        self.roles = RolesRepository(self.database.db)
        ids = iter(range(1, 1000))
        self.nominating = Nominations(
            self.nominations, self.candidates, self.catalogue, self.roles, lambda: f"n{next(ids)}", KEEP
        )
        self.recorder = RoleRecorder(self.roles, self.nominating.follow_staff)
        self.nominations_worker = NominationsWorker(self.nominating, self.nominations, self.database)

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        await self.nominations.ensure_indexes()
        await self.roles.ensure_indexes()
        return self

    async def open(self, *ids: str, **changes: Any) -> None:
        """Open these leadership programmes, each of its own host."""
        await self.host(*ids, **{"kind": "leadership", "capacity": 5} | changes)

    async def meet(self, *ids: str) -> None:
        """Save these candidates, who met m1 at c1 and agree to be matched."""
        people = [nominee(id) for id in ids]
        await self.database.transact(lambda tx: self.candidates.save(people, [], set(), {}, tx))

    async def profile(self, candidate: Candidate, *, new: bool = False) -> None:
        """Publish this profile, as registration."""
        changed, added = ([], [candidate]) if new else ([candidate], [])
        await self.database.transact(lambda tx: self.candidates.save(added, changed, set(), {}, tx))

    async def employ(self, *mentors: str, organization: str = "o1", version: int = 1, **changes: Any) -> None:
        """Publish the organization with these mentors, as listings. It takes part in c1, unless the changes say otherwise."""
        staff = [{"person_id": id, "admin": False, "contact": False, "mentor": True} for id in mentors]
        usual: dict[str, Any] = {"name": organization, "url": None, "conference_ids": ["c1"], "staff": staff}
        data = OrganizationChanged.model_validate({"organization_id": organization, "version": version} | usual | changes)
        await self.learn(organization, data)

    async def learn(self, organization: str, data: OrganizationChanged | None) -> None:
        """Apply an organization's event, or its tombstone."""
        record = Received(ORGANIZATIONS.name, b"", [], key=organization.encode())
        event = Event("id", "listings", "type", self.now, "", data, record)
        await self.database.transact(partial(self.recorder.apply, [event]))

    async def nominate(self, attendee: str = "ada", listing: str = "p1", mentor: str = "m1", **changes: Any) -> Nomination:
        one = proposal(listing_id=listing, attendee_id=attendee, **{"note": NOTE} | changes)
        return (await self.database.transact(partial(self.nominating.nominate, one, [mentor])))[0]

    async def give(self, command: Command, nomination: Nomination, viewer: Any = EVERYBODY) -> Nomination:
        """Give this command on the nomination, with the version that its sender knows."""
        work = getattr(self.nominating, command)
        given: Nomination = await self.database.transact(partial(work, nomination.id, nomination.version, viewer))
        return given

    async def agreed(self, attendee: str = "ada", listing: str = "p1", mentor: str = "m1", **changes: Any) -> Nomination:
        """A nomination to which the nominee has agreed."""
        return await self.give("agree", await self.nominate(attendee, listing, mentor, **changes))

    async def stored(self, nomination: Nomination) -> Nomination:
        """The nomination as currently stored."""
        found = await self.nominations.get(nomination.id)
        assert found
        return found

    async def erase(self, *attendee_ids: str) -> None:
        """Erase these attendees' nominations and candidates."""

        async def work(tx: Tx) -> None:
            await self.candidates.save([], [], set(attendee_ids), {}, tx)
            await self.nominating.erase(attendee_ids, tx)

        await self.database.transact(work)


HOST, ADA, MINA = Viewer(hosts={"o-p1"}), Viewer(nominees={"ada"}), Viewer(mentors={"m1"})


async def outcome(work: Awaitable[Any]) -> Any:
    """What comes of it, or how it is refused."""
    try:
        return await work
    except Refusal as refusal:
        return type(refusal)


async def published(world: Nominating) -> list[tuple[str, int, str] | str]:
    """The id, version and state of each event, and the ids of tombstones, in their order."""
    found: list[tuple[str, int, str] | str] = []
    for key, value in await world.published(NOMINATIONS.name):
        data = json.loads(value) if value else None
        found.append((key, data["version"], data["state"]) if data else key)
    return found


async def sees(world: Nominating, viewer: Viewer) -> list[str]:
    return [one.id for one in await world.nominations.page(viewer, "", 100)]


async def commitments(world: Nominating) -> Any:
    hidden = HiddenListingsRepository(world.database.db)
    finder = CommitmentFinder(world.placements, world.applications, world.nominations, world.candidates, world.catalogue, hidden)
    found = await world.database.transact(lambda tx: finder.find(["ada", "bob"], tx))
    return {id: set(one.nominated_for) for id, one in found.items()}
