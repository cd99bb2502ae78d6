"""``/my/export``: everything that matching stores about whoever is signed in, as a file.

It has what they wrote, as an attendee and as a mentor, and what came of it. What others wrote in confidence is not theirs: hosts'
rankings, rejections that can still be undone, and the feedback of the other side.
"""

from collections.abc import Collection
from dataclasses import asdict, replace
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.responses import Response

from matching.applications.domain.application import Application
from matching.attendee_pages.reading import ids_of
from matching.nominations.domain.nomination import Viewer
from matching.placements.domain.placement import Placement
from matching.rooms import Rooms
from shared.database.mongo import Database, Tx
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.pages.downloads import own_data
from shared.web.pages.pages import PageRouter

ALL: Final = 0
"""No limit: one person has at most some hundred of each."""


def create_router(guard: Guard, rooms: Rooms, database: Database) -> PageRouter:
    """``/my/export``."""
    router = PageRouter()

    @router.get("/my/export", response_class=Response)
    async def export_data(
        request: Request, caller: Annotated[Caller, Depends(guard("recommendations", attendee=True, people=True))]
    ) -> Response:
        """Everything that matching stores about you, as a file."""
        ids = ids_of(caller)
        data = await database.transact(lambda tx: _stored(rooms, ids, tx))
        return own_data("matching", data | {"roles": await rooms.roles.grants(ids)})

    return router


async def _stored(rooms: Rooms, ids: Collection[str], tx: Tx) -> dict[str, Any]:
    candidates = (await rooms.candidates.get_many(ids, tx)).values()
    previews = {listing_id: None for id in ids for listing_id in await rooms.applications.opened(id, tx)}
    placements = await rooms.placements_repository.of_attendees(ids, tx)
    return {
        # Without the profile, of which registration exports the original.
        "recommendations": [{"attendee_id": one.id, "matches": one.matches} for one in candidates],
        "hidden_listings": [one for its in (await rooms.hidden.of(ids, tx)).values() for one in its.listings],
        "invitations": await rooms.invitations.of(ids, tx),
        "previewed_listings": list(previews),
        "unsent_letters": await rooms.applications.unsent_letters.of(ids, tx),
        "applications": [_application(one) for one in await rooms.applications.of_attendees(ids, 0, ALL, tx)],
        "placements": [exported_placement(one) for some in placements.values() for one in some],
        "nominations": await rooms.nominations_repository.page(Viewer(nominees=ids), "", ALL),
        "nominations_by_you": await rooms.nominations_repository.page(Viewer(mentors=ids), "", ALL),
        "rankings": [{"round_id": id, **asdict(one)} for id, one in await rooms.rankings.of_attendees(ids, tx)],
        # Without the other one's id, who may ask for their own data.
        "partnerships": [
            {"round_id": id, "code": one.shown_code, "together": one.partner_id is not None}
            for id, one in await rooms.partnerships.of_person(ids, tx)
        ],
        "match_days": [
            {
                "round_id": page.round_id,
                "entries": [replace(one, partner=None) for one in page.attendees if one.id in ids],
                "outcomes": [one for one in page.outcomes if one.attendee_id in ids],
            }
            for page in await rooms.entries.of_attendees(ids, tx)
        ],
    }


def _application(application: Application) -> dict[str, Any]:
    fields = {name: getattr(application, name) for name in Application.__dataclass_fields__}
    del fields["requests"]  # digests of commands
    return fields


def exported_placement(placement: Placement) -> dict[str, Any]:
    """The placement without the host's feedback, which the attendee never sees."""
    fields = {name: getattr(placement, name) for name in Placement.__dataclass_fields__}
    return fields | {"answers": [answer for answer in placement.answers if answer.side == "attendee"]}
