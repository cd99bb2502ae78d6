"""Changes applications one command at a time: checks the owner, repeats and versions, saves, publishes, and frees seats."""

import hashlib
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass, replace

from pydantic import BaseModel

from matching.applications.domain.application import MAX_REQUESTS, NOT_RECOMMENDED, Application, event_of
from matching.applications.domain.transitions import RULES, Command, check, frees_seat
from matching.applications.repository.applications import ApplicationsRepository
from matching.recommendations.use_cases.candidate_rescorer import CandidateRescorer
from matching.seats.use_cases import SeatAllocator
from shared.contract.topics import APPLICATIONS
from shared.database.mongo import Tx
from shared.refusals import NotFound, Stale

Ids = Collection[str] | None
"""The ids for which the caller may act; None: all."""
Decide = Callable[[Application], Awaitable[Application]]
Rule = Callable[[Application], Application]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRequest:
    """A command as given. The application must belong to one of these attendees, and be addressed to one of these hosts."""

    id: str
    """The application's id."""
    command: Command
    seen: int | None = None
    """The version that the sender saw; None: any."""
    body: BaseModel | None = None
    attendees: Ids = None
    hosts: Ids = None

    @property
    def digest(self) -> str | None:
        """A digest that is equal for the same command on the same version; None if no version is given."""
        if self.seen is None:
            return None
        body = self.body.model_dump_json() if self.body else ""
        return hashlib.sha256(f"{self.command}\n{self.seen}\n{body}".encode()).hexdigest()[:32]


class ApplicationChanger:
    """Loads and stores applications, in the transaction given."""

    def __init__(self, applications: ApplicationsRepository, seats: SeatAllocator, rescorer: CandidateRescorer) -> None:
        self._applications = applications
        self._seats = seats
        self._rescorer = rescorer

    async def change(self, request: CommandRequest, decide: Decide, tx: Tx) -> Application:
        """Apply this command, and return the changed application. Repeating a command changes nothing.

        Raises:
            NotFound: there is none, or it belongs to others.
            Conflict: its state does not allow this. The loser of a race so learns what won.
            Stale: it has changed since.
        """
        before = await self._applications.get(request.id, tx)
        if before is None or not (
            _among(before.attendee_id, request.attendees) and _among(before.organization_id, request.hosts)
        ):
            raise NotFound("application", request.id)
        if request.digest in before.requests:
            return before
        if request.seen is not None and request.seen != before.version:
            if before.state == "superseded":
                check(request.command, before.state, RULES[request.command].by)
            raise Stale("application", request.seen, before.version)
        after = await decide(before)
        if after is not before:
            if request.digest:
                after = replace(after, requests=(*before.requests, request.digest)[-MAX_REQUESTS:])
            await self.save([(before, after)], tx)
        return after

    async def change_by(self, request: CommandRequest, rule: Rule, tx: Tx) -> Application:
        """Like ``change``, for a rule that needs only the application."""

        async def decide(before: Application) -> Application:
            return rule(before)

        return await self.change(request, decide, tx)

    async def save(self, changed: Iterable[tuple[Application, Application]], tx: Tx) -> None:
        """Store and publish changed applications, each given before and after, and free the seats of ended offers."""
        changed = [(before, after) for before, after in changed if after is not before]
        freed = [after.id for before, after in changed if frees_seat(before.state, after.state)]
        await self._seats.erase((), freed, tx)
        await self._applications.save([after for _, after in changed], tx)
        for before, after in changed:
            await self._publish(before, after, tx)

    async def add(self, application: Application, tx: Tx) -> None:
        """Store and publish a new application."""
        await self._applications.add(application, tx)
        await self._publish(None, application, tx)

    async def _publish(self, before: Application | None, after: Application, tx: Tx) -> None:
        tx.publish(APPLICATIONS, after.id, event_of(after), version=after.version)
        if _bars(before) != _bars(after):
            await self._rescorer.rescore(after.attendee_id, f"application/{after.id}", after.version, tx)


def _bars(application: Application | None) -> bool:
    """Whether it keeps the listing from being recommended to the attendee."""
    return application is not None and application.state in NOT_RECOMMENDED


def _among(id: str, ids: Ids) -> bool:
    return ids is None or id in ids
