"""``/organize-days/{conference}/{round}``: one match day, with its next step."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response

from matching.catalogue.repository import CatalogueRepository
from matching.organizing import words
from matching.organizing.desk import Organized, OrganizerDesk, round_of
from matching.organizing.words import Command
from matching.rounds.api.rounds import RoundTransactions
from matching.rounds.domain import rounds as rules
from matching.rounds.domain.rounds import Round
from matching.rounds.repository.entries import Entries
from matching.rounds.repository.rankings import Rankings
from matching.rounds.repository.rounds import Rounds
from matching.rounds.use_cases.match_days import MatchDays
from matching.rounds.use_cases.round_matcher import RoundMatcher
from shared.database.mongo import Database, Tx
from shared.refusals import Conflict, Invalid, Refusal, Stale
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.pages.forms import Form, FormFaults, Seen, read_form
from shared.web.pages.pages import PageRouter, see_other
from shared.web.problems import not_found

SHOWN: Final = 100
"""How many listings of a round a page names."""
_COMMANDS: Final[tuple[Command, ...]] = ("open", "lock", "publish", "cancel", "clean-up")


def possible(round: Round, now: datetime) -> dict[Command, str]:
    """The steps that the round's state allows, each with any remaining obstacle. Each is tried without storing anything."""
    tries: dict[Command, Callable[[], Round]] = {
        "open": lambda: rules.open_rankings(round, now),
        "lock": lambda: rules.lock(round),
        "publish": lambda: rules.publish(round),
        "cancel": lambda: rules.cancel(round),
    }
    allowed: dict[Command, str] = {}
    for command, attempt in tries.items():
        try:
            if attempt() != round:
                allowed[command] = ""
        except Conflict:
            continue
        except Invalid as invalid:
            allowed[command] = invalid.detail
    return allowed


def create_router(
    guard: Guard,
    desk: OrganizerDesk,
    catalogue: CatalogueRepository,
    rounds: Rounds,
    rankings: Rankings,
    entries: Entries,
    match_days: MatchDays,
    matcher: RoundMatcher,
    transact: RoundTransactions,
    database: Database,
) -> PageRouter:
    """``/organize-days/{conference}/{round}``, and a page to confirm each step."""
    router = PageRouter(prefix="/organize-days/{conference}/{round}")
    Organizer = Annotated[Caller, Depends(guard("rounds", conference=True, people=True))]  # noqa: N806 - a type
    checking = asyncio.Semaphore(1)
    steps: dict[Command, Callable[[str, Tx, list[str]], Awaitable[Round]]] = {
        "open": match_days.open,
        "lock": match_days.lock,
        "publish": match_days.publish,
        "cancel": match_days.cancel,
        "clean-up": match_days.clean_up,
    }

    async def of(caller: Caller, conference: str, id: str) -> tuple[Organized, Round]:
        return await desk.conference(caller, conference), await round_of(rounds, conference, id)

    async def steps_of(round: Round, now: datetime) -> dict[Command, str]:
        """The possible steps, and a clean-up round if there are seats left and none follows yet."""
        allowed = possible(round, now)
        if rules.is_cleanable(round) and await entries.free(round.id) and not await rounds.get(round.following):
            allowed["clean-up"] = ""
        return allowed

    async def silent(round: Round) -> list[str]:
        """The listings without a ranking from their host."""
        answered = await rankings.answered([*round.earlier, round.id])
        return [id for id in round.listing_ids if id not in answered]

    async def show(request: Request, organized: Organized, round: Round, form: Form | None = None) -> HTMLResponse:
        quiet = await silent(round)
        ids = list(round.listing_ids)[:SHOWN]
        known = await database.transact(lambda tx: catalogue.listings({*ids, *quiet[:SHOWN]}, tx))
        results = await entries.listings(round.id, ids) if round.state in ("matched", "published") else {}
        check = None
        if "check" in request.query_params and results:
            async with checking:  # one at a time: for a large round it takes seconds and much memory
                check = await matcher.check(round)
        now = desk.pages.reader(request).now
        return desk.page(
            "day",
            request,
            organized,
            form=form,
            round=round,
            silent=[known[id] for id in quiet[:SHOWN] if id in known],
            silent_count=len(quiet),
            listings=[known[id] for id in ids if id in known],
            results=results,
            check=check,
            possible=await steps_of(round, now),
            can_change=round.state in ("draft", "open"),
            words=words,
            done=words.DONE,
        )

    @router.get("")
    async def show_day(conference: str, round: str, request: Request, caller: Organizer) -> HTMLResponse:
        """The match day, where it stands, and the step that comes next."""
        return await show(request, *await of(caller, conference, round))

    @router.get("/{step}")
    async def ask(conference: str, round: str, step: str, request: Request, caller: Organizer) -> HTMLResponse:
        """What the step leads to, before it is taken."""
        organized, known = await of(caller, conference, round)
        command = _command(step)
        now = desk.pages.reader(request).now
        if command not in (allowed := await steps_of(known, now)):
            return await show(request, organized, known, Form().with_faults({"": words.NOT_NOW}, HTTPStatus.CONFLICT))
        return desk.page(
            "confirm",
            request,
            organized,
            round=known,
            command=command,
            fault=allowed[command],
            silent_count=len(await silent(known)),
            words=words,
        )

    @router.post("/{step}")
    async def take_step(conference: str, round: str, step: str, request: Request, caller: Organizer) -> Response:
        """Take the step, as it was decided on. Taken again, it changes nothing."""
        organized, known = await of(caller, conference, round)
        command = _command(step)
        form = await read_form(request)
        try:
            seen = form.check(Seen).version
            if seen != known.version and command in await steps_of(known, desk.pages.reader(request).now):
                raise Stale("round", seen, known.version)
            await transact(lambda tx: steps[command](round, tx, [conference]))
        except (FormFaults, Stale):  # a form without a version counts as outdated
            return await show(request, organized, known, form.with_faults({"": words.STALE}, HTTPStatus.PRECONDITION_FAILED))
        except Invalid as invalid:
            return await show(request, organized, known, form.refused(invalid))
        except Refusal as refusal:
            _, now_known = await of(caller, conference, round)
            return await show(request, organized, now_known, form.refused(refusal, {Refusal: words.NOT_NOW}))
        return see_other(f"{organized.path}/{round}?done={command}")

    return router


def _command(step: str) -> Command:
    """The step with this name. Raises ``Problem`` 404 if there is none."""
    command = next((one for one in _COMMANDS if one == step), None)
    if command is None:
        raise not_found("step", step)
    return command
