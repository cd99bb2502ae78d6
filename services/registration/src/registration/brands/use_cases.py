"""Sets a conference's brand."""

import asyncio
from collections.abc import Callable
from hashlib import sha256

from registration.brands.domain import MOST_BYTES, check_colour, logo_of
from registration.brands.repository import Logos
from registration.conferences.domain import Conference, ConferenceTooLarge
from registration.conferences.repository import Conferences
from shared.contract.events.registration import ConferenceBrand
from shared.contract.topics import CONFERENCES
from shared.database.mongo import Tx
from shared.refusals import Conflict, NotFound, TooLarge
from shared.worded import Worded

PLAIN = ConferenceBrand()
"""The brand of a conference that looks like the rest of the site."""


class Branding:
    """Sets the brands of conferences, in the transaction given."""

    def __init__(self, conferences: Conferences, logos: Logos) -> None:
        self._conferences = conferences
        self._logos = logos

    async def put(
        self, conference_id: str, colour: str | None, sender: str | None, reply_to: str | None, tx: Tx
    ) -> ConferenceBrand:
        """Set everything but the logo. Repeating it changes nothing.

        Raises:
            NotFound: there is no such conference.
            Invalid: the colour cannot be read.
            Conflict: the conference is too large to have a brand.
        """
        if colour is not None:
            check_colour(colour)
        said = {"colour": colour, "sender": sender, "reply_to": reply_to}
        return await self._change(conference_id, lambda brand: brand.model_copy(update=said), tx)

    async def put_logo(self, conference_id: str, content: bytes | None, tx: Tx) -> ConferenceBrand:
        """Set the logo, a PNG as ``read_logo`` returns it; None takes it away.

        Raises:
            NotFound, Conflict: as for ``put``.
        """
        before = (await self._conference(conference_id, tx)).brand or PLAIN
        path = None
        if content is not None:
            digest = sha256(content).hexdigest()
            path = f"/logos/{digest}.png"
            await self._logos.save(conference_id, digest, content, digest_of(before.logo), tx)
        return await self._change(conference_id, lambda brand: brand.model_copy(update={"logo": path}), tx)

    async def _change(self, conference_id: str, change: Callable[[ConferenceBrand], ConferenceBrand], tx: Tx) -> ConferenceBrand:
        conference = await self._conference(conference_id, tx)
        before = conference.brand or PLAIN
        brand = change(before)
        if brand == before:
            return brand
        conference.brand = None if brand == PLAIN else brand
        try:
            await asyncio.to_thread(conference.fit)
        except ConferenceTooLarge as error:
            raise Conflict(
                Worded("the brand does not fit into the event that announces the conference: %(error)s", error=error)
            ) from None
        conference.version += 1
        await self._conferences.save(conference, tx)
        tx.publish(CONFERENCES, conference.id, conference.scheduled(), version=conference.version)
        return brand

    async def _conference(self, id: str, tx: Tx) -> Conference:
        conference = await self._conferences.get(id, tx.session)
        if conference is None:
            raise NotFound("conference", id)
        return conference


async def read_logo(picture: bytes) -> bytes:
    """The submitted picture in its stored form, see ``domain.logo_of``.

    Raises:
        Invalid: it is not a picture.
        TooLarge: it has too many bytes.
    """
    if len(picture) > MOST_BYTES:
        raise TooLarge(Worded("the image must be at most %(most)s kB", most=MOST_BYTES // 1024), "logo")
    return await asyncio.to_thread(logo_of, picture)


def digest_of(logo: str | None) -> str | None:
    """The SHA-256 in the path of a logo."""
    return logo.removeprefix("/logos/").removesuffix(".png") if logo else None
