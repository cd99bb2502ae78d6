"""``/desk/{org}/applications``: applications as a board, as a table, or side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import Annotated, Any, Final, Literal, get_args
from urllib.parse import urlencode

from fastapi import Depends, Query, Request
from fastapi.responses import Response

from matching.applications.api.views import ApplicationView
from matching.applications.domain.transitions import RULES, BulkCommand, State
from matching.applications.repository.applications import ApplicationsRepository
from matching.applications.repository.pending_commands import PendingCommands
from matching.desk import words
from matching.desk.desk import Desk
from shared.contract.events.fields import Id
from shared.refusals import NotFound
from shared.web.access.callers import Caller
from shared.web.pages.pages import PageRouter
from shared.wording.languages import translatable

COLUMN: Final = 30
"""The most applications in a column of the board."""
PAGE: Final = 50
MOST_PAGES: Final = 200
MOST_COMPARED: Final = 3
DUE: Final = (("", translatable("Any day")), ("week", translatable("Within a week")), ("soon", translatable("Within three days")))
_DAYS: Final[Mapping[str, int]] = {"week": 7, "soon": 3}
_COLUMNS: Final[tuple[tuple[str, tuple[State, ...]], ...]] = (
    (translatable("New"), ("submitted",)),
    (translatable("Being looked at"), ("screening",)),
    (translatable("Interview"), ("interview",)),
    (translatable("Seat offered"), ("offered",)),
    (translatable("Accepted"), ("accepted",)),
    (translatable("Over"), ("declined", "lapsed", "rescinded", "rejected", "superseded", "withdrawn", "closed")),
)
BULK: Final[tuple[BulkCommand, ...]] = get_args(BulkCommand)
SELECTABLE: Final = frozenset(chain.from_iterable(RULES[one].sources for one in BULK))
"""The states in which a host can answer several at once."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the board. ``left_out``: how many more there are than it shows."""

    title: str
    applications: list[ApplicationView]
    count: int
    left_out: int
    state: str
    """The state by which to filter the table; "" for several."""


def create_router(desk: Desk, applications: ApplicationsRepository, pending: PendingCommands) -> PageRouter:
    """``/desk/{org}/applications`` and ``/desk/{org}/applications/compare``."""
    router = PageRouter(prefix="/desk/{org}")
    hosting = desk.guard("applications", organization=True, people=True)

    @router.get("/applications")
    async def show_applications(
        org: Id,
        request: Request,
        caller: Annotated[Caller, Depends(hosting)],
        view: Literal["board", "table"] = "board",
        listing: str = "",
        state: State | Literal[""] = "",
        due: Literal["", "week", "soon"] = "",
        page: Annotated[int, Query(ge=1, le=MOST_PAGES)] = 1,
    ) -> Response:
        """The applications to the organization, as a board of their states or as a table. Filters are in the address."""
        host = await desk.organization(caller, org)
        if listing and listing not in host.listings:
            raise NotFound("listing", listing)
        before = desk.pages.reader(request).now + timedelta(days=_DAYS[due]) if due else None
        filters: dict[str, Any] = {"listing_id": listing or None, "due_before": before}
        chosen = {"listing": listing, "state": state, "due": due}

        def address(**changes: object) -> str:
            values = {name: value for name, value in (chosen | {"view": view} | changes).items() if value not in ("", None)}
            return f"{host.path}/applications?{urlencode(values)}"

        shown: dict[str, Any] = {"chosen": chosen, "view": view, "address": address, "dues": DUE, "selectable": SELECTABLE}
        shown |= {"states": [(one, words.APPLICATIONS[one].text) for one in get_args(State)], "labels": words.APPLICATIONS}
        shown |= {"bulk": [(one, words.BULK[one]) for one in BULK], "untold_words": words.UNTOLD}
        if view == "table":
            found = await applications.to_host(org, PAGE + 1, states=[state] if state else (), skip=(page - 1) * PAGE, **filters)
            shown |= {
                "untold": await pending.of([one.id for one in found]),
                "items": [ApplicationView.of(one, caller) for one in found[:PAGE]],
                "previous": address(page=page - 1) if page > 1 else "",
                "next": address(page=page + 1) if len(found) > PAGE and page < MOST_PAGES else "",
            }
            return desk.show("table", request, host, **shown)
        counts: Mapping[State, int] = await applications.count_by_state(org, listing or None)
        columns = [await _column(title, states, org, caller, counts, filters) for title, states in _COLUMNS]
        untold = await pending.of([one.id for column in columns for one in column.applications])
        return desk.show("board", request, host, columns=columns, total=sum(counts.values()), untold=untold, **shown)

    async def _column(
        title: str, states: Sequence[State], org: str, caller: Caller, counts: Mapping[State, int], filters: dict[str, Any]
    ) -> Column:
        waiting = len(states) == 1 and states[0] != "accepted"
        count = sum(counts.get(state, 0) for state in states)
        found = await applications.to_host(org, COLUMN, states=states, oldest=waiting, **filters) if count else []
        count = len(found) if filters["due_before"] else count
        items = [ApplicationView.of(one, caller) for one in found]
        return Column(title, items, count, count - len(items), states[0] if len(states) == 1 else "")

    @router.get("/applications/compare")
    async def compare(
        org: Id,
        request: Request,
        caller: Annotated[Caller, Depends(hosting)],
        id: Annotated[list[Id], Query(max_length=100)] = [],  # noqa: B006 - FastAPI copies it
    ) -> Response:
        """Two or three applications side by side."""
        host = await desk.organization(caller, org)
        items = []
        for one in list(dict.fromkeys(id))[:MOST_COMPARED]:
            application = await applications.get(one)
            if application is None or application.organization_id != org:
                raise NotFound("application", one)
            items.append(ApplicationView.of(application, caller))
        terms = [{skill.term.casefold() for skill in one.profile.skills} if one.profile else set() for one in items]
        common = set.intersection(*terms) if terms else set()
        return desk.show(
            "compare", request, host, items=items, common=common, labels=words.APPLICATIONS, left_out=len(set(id)) > MOST_COMPARED
        )

    return router
