"""Looking up the addresses of sign-in requests, after they were answered; and clearing up."""

import asyncio
from functools import partial
from typing import Final

import structlog
from pymongo.errors import ConnectionFailure, PyMongoError

from notifications.sign_in.domain import Operators
from notifications.sign_in.repository import SignInRequests
from notifications.sign_in.use_cases.sessions import Sessions
from notifications.sign_in.use_cases.sign_ins import SignIns
from shared import clock
from shared.database.mongo import Database
from shared.transient_errors import described

log = structlog.get_logger(__name__)

TOGETHER: Final = 100
LOOK_SECONDS: Final = 5.0
"""How often to look for requests that another instance left behind."""


class SignInWorker:
    """Does the work of sign-ins in the background."""

    def __init__(
        self,
        sign_ins: SignIns,
        sessions: Sessions,
        requests: SignInRequests,
        operators: Operators,
        database: Database,
        asked: asyncio.Event,
        queued: asyncio.Event,
    ) -> None:
        """``asked`` is set when there are new requests; ``queued`` is set when mails were queued."""
        self._sign_ins = sign_ins
        self._sessions = sessions
        self._requests = requests
        self._operators = operators
        self._database = database
        self._asked = asked
        self._queued = queued

    async def look_up(self) -> None:
        """Wait for requests, for a while, and look up all there are. Each has its own transaction."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._asked.wait()
        except TimeoutError:
            pass
        self._asked.clear()
        ids = await self._requests.waiting(TOGETHER)
        if len(ids) == TOGETHER:
            self._asked.set()  # there may be more
        for id in ids:
            try:
                await self._database.transact(partial(self._sign_ins.look_up, id))
            except ConnectionFailure:
                raise
            except Exception as error:  # the others continue; this one is retried until it is too old
                log.error("sign_in_failed", request=id, error=described(error), exc_info=not isinstance(error, PyMongoError))
            self._queued.set()

    async def begin(self) -> None:
        """Before anybody signs in: create the first key, publish anything unpublished, and sign out former operators."""
        await self.rotate()
        while await self._database.transact(self._sessions.publish_rest):
            pass
        await self._database.transact(partial(self._sessions.end_former_operators, self._operators.ids))

    async def rotate(self) -> None:
        """See ``Sessions.rotate``."""
        await self._database.transact(self._sessions.rotate)

    async def sweep(self) -> None:
        """Delete old data."""
        await self._requests.sweep(clock.now())
        while await self._database.transact(self._sessions.forget_ends):
            pass
