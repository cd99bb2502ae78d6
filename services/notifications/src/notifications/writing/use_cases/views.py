"""What a mail says: the names behind the ids of a plan's facts."""

from collections.abc import Collection

from notifications.contacts.domain import Draft
from notifications.contacts.repository import People
from notifications.mail.allowed_links import allowed_link
from notifications.messages.domain import Choice, Listing, Recommended, View, WeekRow
from notifications.rules.domain.plans import Meeting, Plan
from notifications.rules.repository.projections import Offered, Surroundings
from notifications.windows import week_before
from notifications.writing.use_cases.audiences import NotYet
from shared.database.mongo import Tx


class Views:
    """Makes views. ``link_hosts``: the hosts that a listing's or a meeting's link may lead to; ``zone``: where weeks begin."""

    def __init__(self, people: People, surroundings: Surroundings, link_hosts: Collection[str], zone: str) -> None:
        self._zone = zone
        self._people = people
        self._surroundings = surroundings
        self._link_hosts = link_hosts

    def of_digest(self, draft: Draft) -> View:
        return View(
            matches=tuple(
                Recommended(match, match.listing_id in draft.new, allowed_link(match.url or "", self._link_hosts))
                for match in draft.matches
            )
        )

    async def of_plan(self, plan: Plan, tx: Tx) -> View:
        """The same for all of the plan's audience.

        Raises:
            NotYet: a name is not known.
        """
        facts = plan.facts
        ids = {facts.listing_id, *(id for id, _ in facts.choices)} - {""}
        known = await self._surroundings.listings(ids, tx)
        if facts.listing_id and facts.listing_id not in known:
            raise NotYet(f"the listing {facts.listing_id}")
        listing = known.get(facts.listing_id)
        name, email = await self._other(plan, listing, tx)
        meeting = facts.meeting
        if meeting and meeting.url:
            meeting = Meeting(meeting.starts, meeting.ends, meeting.place, allowed_link(meeting.url, self._link_hosts))
        return View(
            listing=self._listing(listing) if listing else None,
            organization=listing.organization if listing else "",
            person=name,
            person_email=email,
            deadline=facts.deadline,
            starts=facts.starts,
            ends=facts.ends,
            meeting=meeting,
            sequence=facts.sequence,
            moved_from=facts.moved_from,
            answer=facts.answer,
            round_name=facts.round_name or await self._surroundings.round_name(facts.round_id, tx),
            choices=tuple(
                Choice(self._listing(known[id]) if id in known else Listing(id, id, ""), result) for id, result in facts.choices
            ),
            week=await self._week(plan, listing, tx) if plan.kind.name == "host_summary" and listing else (),
        )

    async def _other(self, plan: Plan, listing: Offered | None, tx: Tx) -> tuple[str, str]:
        """The name of the other person, and the address where the two are to write to each other."""
        if plan.kind.name == "mentor_introduction":
            ids = plan.facts.mentors or (listing.mentors if listing else ())
            mentors = await self._people.people(ids, tx)
            known = [to for id in ids if id in mentors and (to := mentors[id].to)]
            if ids and not known:
                raise NotYet("the mentors' names")
            return (known[0].name, known[0].email) if known else ("", "")
        if plan.kind.audience == "attendee" or not plan.facts.person_id:
            return "", ""
        other = (await self._people.people([plan.facts.person_id], tx)).get(plan.facts.person_id)
        if other is None or other.to is None:
            if plan.kind.name == "mentee_introduction":
                raise NotYet("the attendee's address")
            return "", ""
        return other.to.name, other.to.email if plan.kind.name == "mentee_introduction" else ""

    async def _week(self, plan: Plan, listing: Offered, tx: Tx) -> tuple[WeekRow, ...]:
        """What happened to the organization's listings in the week that was planned, whenever this is written."""
        until = plan.facts.until or plan.due_at  # older plans have none
        since = week_before(until, self._zone)
        listings = {one.id: one for one in await self._surroundings.listings_of(listing.organization_id, tx)}
        counts: dict[str, dict[str, int]] = {}
        for application in await self._surroundings.applications_to(listings.keys(), since, tx):
            for state, at in application.reached.items():
                if since <= at < until:
                    row = counts.setdefault(application.listing_id, {})
                    row[state] = row.get(state, 0) + 1
        rows = [
            WeekRow(self._listing(listings[id]), row.get("submitted", 0), row.get("offered", 0), row.get("accepted", 0))
            for id, row in counts.items()
        ]
        return tuple(sorted(rows, key=lambda row: (-row.applications, row.listing.title)))

    def _listing(self, listing: Offered) -> Listing:
        return Listing(listing.id, listing.title, listing.organization, allowed_link(listing.url, self._link_hosts))
