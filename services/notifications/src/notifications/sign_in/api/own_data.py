"""``/account/export``: everything that notifications stores about whoever is signed in, as a file.

Of mails, it says what they were and what became of them. Their texts are left out: their links sign in.
"""

from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import Response

from notifications.contacts.repository import Contacts
from notifications.messages.repository.messages import Messages
from notifications.sign_in.passkeys.repository import Passkeys
from notifications.sign_in.repository import StartedSessions
from notifications.suppressions.repository import Suppressions
from shared import clock
from shared.database.mongo import Database
from shared.web.access.sessions import SignInSession
from shared.web.access.signed_in import People
from shared.web.pages.downloads import own_data
from shared.web.pages.pages import PageRouter

ALL: Final = 0
"""No limit: records of mails are deleted after a while."""
_OF_MAIL: Final = ("kind", "about", "state", "created_at", "changed_at", "answer", "feedback", "feedback_reason", "listing_ids")


def create_router(
    people: People,
    contacts: Contacts,
    messages: Messages,
    suppressions: Suppressions,
    passkeys: Passkeys,
    started: StartedSessions,
    database: Database,
) -> PageRouter:
    """``/account/export``."""
    router = PageRouter()

    @router.get("/account/export", response_class=Response)
    async def export_data(request: Request, session: Annotated[SignInSession, Depends(people.signed_in())]) -> Response:
        """Everything that notifications stores about you, as a file."""
        ids = session.person_ids
        known = await database.transact(lambda tx: contacts.get_many(ids, tx))
        addresses = sorted({address for contact in known.values() for address in contact.addresses})
        records = {address: await suppressions.find(suppressions.id(address)) for address in addresses}
        mails = [mail for id in ids for mail in await messages.find_by_recipient(id, ALL)]
        return own_data(
            "notifications",
            {
                "contacts": [
                    {
                        "id": contact.id,
                        "attendee": contact.attendee,
                        "staff": contact.staff,
                        "preferences": contact.preferences,
                        "unsubscribed_at": contact.unsubscribed_at,
                        "listings_mailed": contact.mailed,
                    }
                    for contact in known.values()
                ],
                "mails": [{name: mail[name] for name in _OF_MAIL if name in mail} for mail in mails],
                "bounces": [
                    {"address": address, "reason": record.reason, "since": record.since, "soft_bounces": record.soft_bounces}
                    for address, record in records.items()
                    if record
                ],
                "passkeys": [
                    {"name": one.name, "added_at": one.added_at, "used_at": one.used_at}
                    for id in ids
                    for one in await passkeys.of(id)
                ],
                "sessions": [
                    {"browser": one.browser, "signed_in_at": one.session.signed_in_at, "ends_at": one.session.ends_at}
                    for one in await started.of(session.person_id, clock.now())
                ],
            },
        )

    return router
