"""Resends events that were not recorded, once the cause is fixed."""

import asyncio
from typing import Final

import orjson
import structlog

from registration.attendance.repository.rejections import Rejections
from registration.attendees.domain.attendance import fact_id
from registration.organizing.domain import can_be_sent_again, mend_of
from shared.messaging.dead_letters import NotKept, named, page, replay
from shared.refusals import Conflict, NotFound
from shared.settings import ServiceSettings
from shared.wording.languages import translatable

log = structlog.get_logger(__name__)

MOST: Final = 10
"""The most dead letters of one event that are resent at once."""
GONE: Final = translatable("this event is no longer kept, or was already sent again; ask its publisher to send it again")
WOULD_FAIL: Final = translatable("this event would be refused again; its publisher has to correct it first")


class LetterSender:
    """Resends the dead letters of a conference's events."""

    def __init__(self, rejections: Rejections, settings: ServiceSettings) -> None:
        self._rejections = rejections
        self._settings = settings
        self._one_reader = asyncio.Lock()

    async def send_again(self, conference_id: str, source: str, id: str, caller_id: str) -> None:
        """Resend an event of this conference. Within seconds, it is recorded or becomes a dead letter again.

        Raises:
            NotFound: no event of this conference with this source and id was refused.
            Conflict: it would be refused again, or its dead letter is gone.
        """
        rejection = await self._rejections.get(fact_id(source, id))
        if rejection is None or rejection.conference_id != conference_id:
            raise NotFound("event", id)
        if not can_be_sent_again(mend_of(rejection)):
            raise Conflict(WOULD_FAIL)
        async with self._one_reader:
            matches = named(orjson.dumps([source, id]).decode())
            found = await page("registration", self._settings, matches=matches, limit=MOST)
            if not found.letters:
                raise Conflict(GONE)
            try:
                await replay(found.letters, self._settings)
            except NotKept:
                raise Conflict(GONE) from None
        for letter in found.letters:
            log.warning("dead_letter_replayed", origin=letter.origin, caller=caller_id)
