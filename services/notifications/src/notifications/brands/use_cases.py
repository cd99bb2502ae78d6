"""Keeps conferences' brands up to date, and finds the brand for a mail."""

from collections.abc import Collection
from typing import NamedTuple

from notifications.brands.repository import Kind, Presented, PresentedThings
from notifications.mail.content import MailBrand
from shared.colours import OWN_COLOUR
from shared.contract.envelope import Event
from shared.contract.events.listings import ListingPublished
from shared.contract.events.matching import RoundChanged
from shared.contract.events.registration import ConferenceScheduled
from shared.contract.topics import CONFERENCES, LISTINGS, ROUNDS
from shared.database.mongo import Tx

_KINDS: dict[str, Kind] = {CONFERENCES.name: "conference", LISTINGS.name: "listing", ROUNDS.name: "round"}


class About(NamedTuple):
    """The listing and the round that a mail is about, by their ids; "" for none. If it is about a round, that counts."""

    listing_id: str
    round_id: str


class Brands:
    """The brands of conferences, in the transaction given."""

    def __init__(self, things: PresentedThings) -> None:
        self._things = things

    async def apply(self, events: list[Event], tx: Tx) -> None:
        """Apply a batch of conferences, listings and rounds. Versions that are not newer than the stored ones change nothing."""
        known = await self._things.versions({_key(event) for event in events}, tx)
        newest: dict[str, Presented] = {}
        gone: set[str] = set()
        for event in events:
            key = _key(event)
            if event.data is None:
                gone.add(key)
                newest.pop(key, None)
            elif one := _presented(event):
                before = newest[key].version if key in newest else 0 if key in gone else known.get(key, 0)
                if one.version > before:
                    newest[key] = one
        await self._things.forget(gone, tx)
        await self._things.save(newest.values(), known.keys() - gone, tx)

    async def of_mails(self, abouts: Collection[About], tx: Tx) -> dict[About, MailBrand]:
        """The brand of mails about each of these; a mail about something left out looks as all mails do."""
        things: dict[About, tuple[Kind, str]] = {
            about: ("round", about.round_id) if about.round_id else ("listing", about.listing_id)
            for about in abouts
            if any(about)
        }
        known = await self._things.get_many(set(things.values()), tx)
        of_conferences = {about: id for about, thing in things.items() if thing in known and (id := known[thing].conference_id)}
        conferences = await self._things.get_many({("conference", id) for id in of_conferences.values()}, tx)
        found = {}
        for about, id in of_conferences.items():
            conference = conferences.get(("conference", id))
            if conference and (brand := conference.brand):
                found[about] = MailBrand(conference.name, brand.colour or OWN_COLOUR, brand.sender or "", brand.reply_to or "")
        return found


def _key(event: Event) -> str:
    # A tombstone has no data; its topic tells.
    kind = next(kind for topic, kind in _KINDS.items() if event.record.topic.endswith(topic))
    return f"{kind}/{event.key}"


def _presented(event: Event) -> Presented | None:
    match event.data:
        case ConferenceScheduled() as conference:
            return Presented("conference", event.key, conference.version, name=conference.name, brand=conference.brand)
        case ListingPublished() as listing:
            only = listing.conference_ids[0] if len(listing.conference_ids) == 1 else None
            return Presented("listing", event.key, listing.version, only)
        case RoundChanged() as round:
            return Presented("round", event.key, round.version, round.conference_id)
    return None  # a listing that was withdrawn is still for the same conference
