"""Follows what conferences look like, and says how a mail about one of them presents itself."""

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


class Brands:
    """The brands of conferences, in the transaction given."""

    def __init__(self, things: PresentedThings) -> None:
        self._things = things

    async def apply(self, events: list[Event], tx: Tx) -> None:
        """Apply a batch of conferences, listings and rounds. A version that is not newer than what is stored changes nothing."""
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

    async def of_mail(self, listing_id: str, round_id: str, tx: Tx) -> MailBrand | None:
        """The brand of a mail about this round, or this listing; "" for none. None: it looks as all mails do."""
        about = await self._things.get("round", round_id, tx) if round_id else await self._things.get("listing", listing_id, tx)
        if about is None or about.conference_id is None:
            return None
        conference = await self._things.get("conference", about.conference_id, tx)
        if conference is None or conference.brand is None:
            return None
        brand = conference.brand
        return MailBrand(conference.name, brand.colour or OWN_COLOUR, brand.sender or "", brand.reply_to or "")


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
