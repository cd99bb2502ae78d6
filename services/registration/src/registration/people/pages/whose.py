"""Whose profile a page shows: whoever is signed in, by the id by which registration knows them."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final, TypeVar

from fastapi import Request
from fastapi.responses import HTMLResponse

from registration.people.use_cases.people import People
from shared.database.mongo import Database, Tx
from shared.web.access.callers import Caller, own_ids
from shared.web.pages.pages import Pages

HERE: Final = "the person, at /me"
"""Who declares what comes in here: the same as in the interface for programs."""

Result = TypeVar("Result")


class Whose:
    """Reads and changes what belongs to whoever asks."""

    def __init__(self, people: People, database: Database, pages: Pages) -> None:
        self._people = people
        self._database = database
        self._pages = pages

    async def act(self, caller: Caller, act: Callable[[str, Tx], Awaitable[Result]]) -> Result:
        """Do this for whoever asks. Raises ``NotFound`` if nothing is known of them as an attendee."""

        async def work(tx: Tx) -> Result:
            return await act(await self._people.first_known(own_ids(caller), tx), tx)

        return await self._database.transact(work)

    def nobody(self, request: Request) -> HTMLResponse:
        """The page for whoever is signed in, but is no attendee: a host or an organizer."""
        return self._pages.page("profile/nobody", request, status=HTTPStatus.NOT_FOUND)
