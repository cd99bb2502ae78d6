"""Looking up what a mail says: the names for the ids in a scheduled mail's details."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Final

from notifications.brands.use_cases import About, Brands
from notifications.contacts.domain import Contact, Digest
from notifications.digest_times import week_before
from notifications.mail.allowed_links import allowed_link
from notifications.mail.content import ListingSeats, MailBrand, MailContent, NamedListing, RankedListing, Recommended, WeekRow
from notifications.mail.templates import BEST
from notifications.rules.domain.scheduled_mails import ScheduledMail
from notifications.rules.repository.projections import Listing, Projections
from notifications.writing.use_cases.transaction_cache import NotYet, TransactionCache
from shared.database.mongo import Tx
from shared.wording.conditions import ListingConditions
from shared.wording.dates import Meeting

WITH_DATES: Final = ("offer", "offer_reminder", "mentor_introduction", "mentee_introduction")
"""Kinds of mails about a placement to come: if it has no dates of its own, those of its listing hold."""


class ContentLookup:
    """Looks up the content of mails."""

    def __init__(self, projections: Projections, brands: Brands, link_hosts: Collection[str], zone: str) -> None:
        """``link_hosts``: the hosts that links of listings and meetings may lead to; ``zone``: in which weeks begin."""
        self._zone = zone
        self._projections = projections
        self._brands = brands
        self._link_hosts = link_hosts

    async def digest_contents(self, digests: Collection[Digest], cache: TransactionCache) -> list[MailContent]:
        """The content of each of these digests. A mentor who looks after nobody new is no reason for a match, as on pages."""
        best = [match for digest in digests for match in digest.matches[:BEST]]
        listings = await cache.listings({match.listing_id for match in best})
        meetings = {match.listing_id for match in best if any(reason.person_id for reason in match.reasons)}
        hosts = {listings[id].organization_id for id in meetings if id in listings}
        away = await self._projections.ideas.mentors_away(hosts, cache.tx.now.date(), cache.tx)
        return [self._digest_content(digest, listings, away) for digest in digests]

    def _digest_content(self, digest: Digest, listings: Mapping[str, Listing], away: Collection[str]) -> MailContent:
        matches = []
        for known in digest.matches:
            match = known.model_copy(update={"reasons": [one for one in known.reasons if one.person_id not in away]})
            listing = listings.get(match.listing_id)
            url = allowed_link(match.url or "", self._link_hosts)
            matches.append(
                Recommended(match, match.listing_id in digest.new, url, listing.conditions if listing else ListingConditions())
            )
        return MailContent(matches=tuple(matches))

    async def scheduled_mail_content(self, scheduled: ScheduledMail, cache: TransactionCache) -> MailContent:
        """The content for everybody in the scheduled mail's audience.

        Raises:
            NotYet: a name is not known yet.
        """
        details = scheduled.details
        if details.organization_id or details.idea_id:
            return await self._idea_content(scheduled, cache)
        superseded = await self._superseded(scheduled, cache)
        others = await cache.listings({*(id for id, _ in details.choices), *superseded, *details.free})
        listing = await cache.listing(details.listing_id) if details.listing_id else None
        name, email = await self._other_person(scheduled, listing, cache)
        deadline = details.deadline
        if scheduled.kind.name == "nomination" and listing:  # its nominee can agree as long as the programme is open
            deadline = listing.conditions.deadline
        if scheduled.kind.name == "idea_published":
            deadline = details.until
        meeting = details.meeting
        if meeting and meeting.url:
            meeting = Meeting(meeting.starts, meeting.ends, meeting.place, allowed_link(meeting.url, self._link_hosts))
        starts, ends = details.starts, details.ends
        if listing and scheduled.kind.name in WITH_DATES and not (starts or ends):
            starts, ends = listing.conditions.starts, listing.conditions.ends
        return MailContent(
            listing=self._listing(listing) if listing else None,
            organization=listing.organization if listing else "",
            organization_id=listing.organization_id if listing else "",
            person=name,
            person_email=email,
            deadline=deadline,
            starts=starts,
            ends=ends,
            meeting=meeting,
            sequence=details.sequence,
            moved_from=details.moved_from,
            answer=details.answer,
            slots=details.slots,
            conditions=_conditions(scheduled, listing.conditions) if listing else ListingConditions(),
            terms=details.terms,
            skills=details.skills,
            attempt=details.attempt,
            role=details.role,
            listings=tuple(self._listing(others[id]) for id in superseded if id in others),
            round_id=details.round_id,
            round_name=details.round_name or await self._projections.round_name(details.round_id, cache.tx),
            choices=tuple(
                RankedListing(self._listing(others[id]) if id in others else NamedListing(id, id, ""), result)
                for id, result in details.choices
            ),
            free=tuple(self._listing(others[id]) for id in details.free if id in others),
            week=await self._week(scheduled, listing, cache.tx) if scheduled.kind.name == "host_summary" and listing else (),
            brand=self._brand(scheduled, cache),
        )

    async def _idea_content(self, scheduled: ScheduledMail, cache: TransactionCache) -> MailContent:
        """The content of a mail about an idea. Hosts learn whose it is only by adopting it."""
        details, ideas, tx = scheduled.details, self._projections.ideas, cache.tx
        idea = await ideas.get(details.idea_id, tx)
        organization = await ideas.organization_name(details.organization_id, tx)
        if scheduled.kind.name == "idea_asked" and not organization:
            raise NotYet(f"the organization {details.organization_id}")
        author, _ = await self._other_person(scheduled, None, cache) if scheduled.kind.name == "idea_adopted" else ("", "")
        return MailContent(
            listing=NamedListing(details.listing_id, idea.title, "") if idea else None,
            organization=organization,
            organization_id=details.organization_id,
            person=author,
            deadline=details.deadline,
            answer=details.answer,
        )

    async def host_contents(
        self, scheduled: ScheduledMail, recipients: Mapping[str, Contact], cache: TransactionCache
    ) -> dict[str, MailContent]:
        """The content for each of these people on the staff of hosts: their own listings in a round."""
        details = scheduled.details
        organizations = {id: {post.organization_id for post in contact.posts} for id, contact in recipients.items()}
        offered = await cache.listings(scheduled.audience.ids)
        theirs = set().union(*organizations.values())
        listings = sorted((one for one in offered.values() if one.organization_id in theirs), key=lambda one: (one.title, one.id))
        brand = self._brand(scheduled, cache)
        people: dict[str, list[str]] = {}
        named: dict[str, list[str]] = {}
        if scheduled.kind.name == "round_result_host":
            placed = await self._projections.placed(details.round_id, [listing.id for listing in listings], cache.tx)
            contacts = await cache.contacts({attendee for _, attendee in placed if attendee})
            for listing_id, attendee in placed:
                mailbox = contacts[attendee].mailbox if attendee in contacts else None
                people.setdefault(listing_id, []).append(mailbox.name if mailbox else "")
                named.setdefault(listing_id, []).extend([attendee] if mailbox else [])
        of = {id: {one.organization_id for one in listings if one.organization_id in own} for id, own in organizations.items()}
        return {
            id: MailContent(
                brand=brand,
                # Somebody of several hosts has no one page of the match day.
                organization_id=next(iter(of[id])) if len(of[id]) == 1 else "",
                round_id=details.round_id,
                round_name=details.round_name,
                deadline=details.deadline,
                seats=tuple(
                    ListingSeats(self._listing(listing), tuple(people.get(listing.id, ())))
                    for listing in listings
                    if listing.organization_id in own
                ),
                named=tuple(person for one in listings if one.organization_id in own for person in named.get(one.id, ())),
            )
            for id, own in organizations.items()
        }

    async def read_brands(self, scheduled_mails: Iterable[ScheduledMail], cache: TransactionCache) -> None:
        """Read the brands of these mails all together, before their contents are looked up."""
        cache.brands = await self._brands.of_mails({_about(one) for one in scheduled_mails}, cache.tx)

    def _brand(self, scheduled: ScheduledMail, cache: TransactionCache) -> MailBrand | None:
        """Of the conference of the round or of the listing that the mail is about."""
        if scheduled.kind.name == "host_summary":  # of all of a host's listings
            return None
        return cache.brands.get(_about(scheduled))

    async def _other_person(self, scheduled: ScheduledMail, listing: Listing | None, cache: TransactionCache) -> tuple[str, str]:
        """The name of the other person in the mail, and their address if the two are introduced to each other."""
        if scheduled.kind.name in ("mentor_introduction", "nomination"):
            ids = scheduled.details.mentors or (listing.mentors if listing else ())
            mentors = await cache.contacts(ids)
            mailboxes = [mailbox for id in ids if id in mentors and (mailbox := mentors[id].mailbox)]
            if ids and not mailboxes:
                raise NotYet("the mentors' names")
            introduced = scheduled.kind.name == "mentor_introduction"
            return (mailboxes[0].name, mailboxes[0].email if introduced else "") if mailboxes else ("", "")
        if scheduled.kind.role == "attendee" or not scheduled.details.person_id:
            return "", ""
        other = (await cache.contacts([scheduled.details.person_id])).get(scheduled.details.person_id)
        if other is None or other.mailbox is None:
            if scheduled.kind.name == "mentee_introduction":
                raise NotYet("the attendee's address")
            return "", ""
        return other.mailbox.name, other.mailbox.email if scheduled.kind.name == "mentee_introduction" else ""

    async def _superseded(self, scheduled: ScheduledMail, cache: TransactionCache) -> list[str]:
        """The listings of the applications that this mail is about."""
        details = scheduled.details
        if scheduled.kind.name != "applications_superseded" or details.until is None:
            return []
        ended = await self._projections.superseded(details.person_id, details.until, cache.tx)
        return [application.listing_id for application in ended]

    async def _week(self, scheduled: ScheduledMail, listing: Listing, tx: Tx) -> tuple[WeekRow, ...]:
        """What happened to the organization's listings in the week before the scheduled time, however late it is written."""
        until = scheduled.details.until or scheduled.due_at  # scheduled mails of older versions have no `until`
        since = week_before(until, self._zone)
        listings = {
            known_listing.id: known_listing for known_listing in await self._projections.listings_of(listing.organization_id, tx)
        }
        counts: dict[str, dict[str, int]] = {}
        for application in await self._projections.applications_to(listings.keys(), since, tx):
            for state, at in application.reached.items():
                if since <= at < until:
                    row = counts.setdefault(application.listing_id, {})
                    row[state] = row.get(state, 0) + 1
        rows = [
            WeekRow(self._listing(listings[id]), row.get("submitted", 0), row.get("offered", 0), row.get("accepted", 0))
            for id, row in counts.items()
        ]
        return tuple(sorted(rows, key=lambda row: (-row.applications, row.listing.title)))

    def _listing(self, listing: Listing) -> NamedListing:
        return NamedListing(listing.id, listing.title, listing.organization, allowed_link(listing.url, self._link_hosts))


def _about(scheduled: ScheduledMail) -> About:
    return About(scheduled.details.listing_id, scheduled.details.round_id)


def _conditions(scheduled: ScheduledMail, conditions: ListingConditions) -> ListingConditions:
    """What a mail says of a listing's conditions, without what its details have."""
    match scheduled.kind.name:
        case "offer" | "offer_reminder" | "placement_confirmed":
            return replace(conditions, starts=None, ends=None, deadline=None)
        case "listing_closing":
            return replace(conditions, deadline=None)
        case "terms_changed" | "idea_published" | "invitation":
            return conditions
    return ListingConditions()
