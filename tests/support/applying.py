"""Applications on a real database, without the service: the test moves time, and runs the background work."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, ClassVar, Final

from pydantic import BaseModel

from matching.applications.domain.application import Application
from matching.applications.domain.requests import Letter, OfferRequest, PickedSlot, Slot, Slots
from matching.applications.domain.transitions import RULES, Command
from matching.applications.repository.applications import ApplicationsRepository
from matching.applications.use_cases.applicants import Applicants
from matching.applications.use_cases.application_changer import ApplicationChanger, CommandRequest
from matching.applications.use_cases.clock import ApplicationClock
from matching.applications.use_cases.erasure import ApplicationEraser
from matching.applications.use_cases.hosts import Hosts
from matching.applications.use_cases.obstacles import Obstacles
from matching.applications.use_cases.superseder import Superseder
from matching.applications.worker import ApplicationsWorker
from matching.catalogue.use_cases import LiveCatalogue
from matching.engine.index import Numbering
from matching.engine.score import Weights
from matching.model.candidates import Availability, Candidate, Interest
from matching.model.listings import Conditions, Listing
from matching.nominations.repository import NominationsRepository
from matching.recommendations.use_cases.candidate_rescorer import CandidateRescorer
from matching.settings import Settings
from shared.database.mongo import Database, Result, Tx
from support.placing import Placing
from support.worlds import PlainTerms

DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)
SUMMER: Final = Conditions(date(2099, 6, 1), date(2099, 8, 31), 40, place="Ondřejov")
AUTUMN: Final = Conditions(date(2099, 10, 1), date(2099, 11, 30), 40)


class LateDatabase(Database):
    """A database whose clock is ``ahead`` of the real time."""

    ahead = timedelta()

    @property
    def now(self) -> datetime:
        """The current time of transactions."""
        return datetime.now(UTC) + self.ahead

    async def transact(self, work: Callable[[Tx], Awaitable[Result]]) -> Result:
        async def later(tx: Tx) -> Result:
            tx.now += self.ahead
            return await work(tx)

        return await super().transact(later)


class Applying(Placing):
    """The use cases of applications. ``o-L`` is the host of the listing ``L``."""

    application_changer_type: ClassVar = ApplicationChanger
    application_eraser: ClassVar = ApplicationEraser

    def __init__(self, database: LateDatabase | None = None) -> None:
        self.late = database or LateDatabase("matching", Settings())
        super().__init__(self.late)
        self.applications, self.nominations = ApplicationsRepository(self.database.db), NominationsRepository(self.database.db)
        rescorer = CandidateRescorer(self.candidates)
        self.application_changer: ApplicationChanger = self.application_changer_type(self.applications, self.seats, rescorer)
        self.superseder = Superseder(self.application_changer, self.applications, self.catalogue, self.keeper)
        terms = PlainTerms()
        self.applicants = Applicants(
            self.application_changer,
            self.applications,
            Obstacles(self.applications, self.nominations, self.keeper),
            self.candidates,
            self.catalogue,
            LiveCatalogue(self.catalogue, terms, Weights(), Numbering()),
            terms,
            self.keeper,
            self.superseder.supersede,
            21,
        )
        self.hosts = Hosts(self.application_changer, self.catalogue, self.seats, self.keeper)
        self.eraser: ApplicationEraser = self.application_eraser(self.applications, self.seats)
        self.worker = ApplicationsWorker(
            ApplicationClock(self.application_changer, self.applications, self.catalogue),
            self.applications,
            self.catalogue,
            self.database,
        )

    @property
    def now(self) -> datetime:
        """The current time of transactions."""
        return self.late.now

    async def pass_(self, time: timedelta) -> None:
        """Let time pass, and run the due work of the clock."""
        self.late.ahead += time
        await self.worker.pass_time(self.now)

    async def save(self, *listings: Listing) -> None:
        """Store these versions of listings."""

        async def work(tx: Tx) -> None:
            known = await self.catalogue.listings([listing.id for listing in listings], tx)
            await self.catalogue.save(listings, [], known, tx)

        await self.database.transact(work)

    async def host(self, *ids: str, **changes: Any) -> None:
        """Open these listings, each of its own host, for the whole summer."""
        usual: dict[str, Any] = {"version": 1, "open": True, "capacity": 1, "conditions": SUMMER}
        await self.save(
            *(
                Listing(**{"id": id, "title": id, "organization": f"Host {id}", "organization_id": f"o-{id}"} | usual | changes)
                for id in ids
            )
        )

    async def attend(self, *ids: str, hours: int | None = None) -> None:
        """Save these candidates, who agree to be matched."""
        availability = Availability(hours_per_week=hours)
        people = [
            Candidate(id, 0, 1, {"numpy": Interest(declared=True)}, conference_ids={"c1"}, availability=availability)
            for id in ids
        ]
        await self.database.transact(lambda tx: self.candidates.save(people, [], set(), {}, tx))

    async def apply(self, attendee_id: str, listing_id: str, note: str = "") -> Application:
        letter = Letter(name=f"Name of {attendee_id}", note=note)
        return (await self.database.transact(partial(self.applicants.apply, attendee_id, listing_id, letter)))[0]

    async def do(self, command: Command, application: Application, **body: Any) -> Application:
        """Give this command on the application, with the version that its sender knows."""
        bodies: dict[str, type[BaseModel]] = {"interview": Slots, "offer": OfferRequest, "pick-slot": PickedSlot}
        sent = bodies[command](**body) if command in bodies else None
        given = CommandRequest(id=application.id, command=command, seen=application.version, body=sent)
        use_cases: Any = self.hosts if RULES[command].by == "host" else self.applicants
        work = getattr(use_cases, command.replace("-", "_"))
        return await self.database.transact(partial(work, given, sent) if sent else partial(work, given))

    async def offer(self, application: Application, days: float = 7, **changes: Any) -> Application:
        """Offer a seat, valid for this many days."""
        return await self.do("offer", application, **{"deadline": self.now + days * DAY} | changes)

    async def offered(self, attendee_id: str, listing_id: str) -> Application:
        """Apply, then offer a seat."""
        return await self.offer(await self.apply(attendee_id, listing_id))

    async def interview(self, application: Application, *ahead: timedelta) -> Application:
        """Offer these times for an interview."""
        times = [Slot(starts=self.now + one, ends=self.now + one + HOUR, place="Room 1") for one in ahead or (2 * DAY,)]
        return await self.do("interview", application, slots=times)

    async def get(self, application: Application) -> Application:
        """The application as currently stored."""
        found = await self.applications.get(application.id)
        assert found
        return found

    async def taken(self, listing_id: str) -> tuple[int, int]:
        """How many seats of the listing are placed, and how many are offered."""
        seats = await self.stored_seats.get(listing_id)
        return (seats.placed, seats.offered) if seats else (0, 0)


async def told(world: Applying, application: Application) -> list[dict[str, Any]]:
    """The events about the application, in their order."""
    events = await world.published("matching.applications")
    return [json.loads(value) for key, value in events if key == application.id and value]
