"""Two attendees agree to go together on a match day, or no longer do."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from matching.recommendations.repository import CandidatesRepository
from matching.rounds.domain.partners import PartnerCode, Partnership
from matching.rounds.domain.rounds import check_open
from matching.rounds.repository.partnerships import Partnerships
from matching.rounds.repository.rounds import Rounds
from shared.database.mongo import Tx
from shared.refusals import Conflict, Invalid, NotFound
from shared.worded import Worded


class Partners:
    """The operations on partnerships, each in the transaction given. They raise ``Conflict``, ``Invalid`` or ``NotFound``.

    ``attendee_ids`` are all ids of one person, who acts under the first.
    """

    def __init__(
        self, rounds: Rounds, partnerships: Partnerships, candidates: CandidatesRepository, draw: Callable[[], str]
    ) -> None:
        self._rounds = rounds
        self._partnerships = partnerships
        self._candidates = candidates
        self._draw = draw

    async def invite(self, round_id: str, attendee_ids: Sequence[str], tx: Tx) -> Partnership:
        """Draw a code, with which somebody else can join. It replaces an earlier code."""
        await self._check(round_id, attendee_ids, tx)
        await self._partnerships.end(round_id, attendee_ids, tx)
        invited = Partnership(attendee_ids[0], self._draw())
        await self._partnerships.save(round_id, invited, tx)
        return invited

    async def join(self, round_id: str, attendee_ids: Sequence[str], code: PartnerCode, tx: Tx) -> Partnership:
        """Go together with the attendee who drew this code. An own code no longer counts."""
        await self._check(round_id, attendee_ids, tx)
        invited = await self._partnerships.with_code(round_id, code.plain(), tx)
        if invited is None:
            raise Invalid("code", Worded("is not valid; ask for a new one"))
        if invited.attendee_id in attendee_ids:
            raise Invalid("code", Worded("is your own; give it to the person with whom you want to go"))
        await self._partnerships.end(round_id, attendee_ids, tx)
        joined = replace(invited, code="", partner_id=attendee_ids[0])
        await self._partnerships.save(round_id, joined, tx)
        return joined

    async def end(self, round_id: str, attendee_ids: Sequence[str], tx: Tx) -> None:
        """Take the code back, or no longer go together. From then on, each of the two takes part alone."""
        await self._check_open(round_id, tx)
        if not await self._partnerships.end(round_id, attendee_ids, tx):
            raise NotFound("partnership of attendee", attendee_ids[0], which=f"in round {round_id!r}")

    async def _check(self, round_id: str, attendee_ids: Sequence[str], tx: Tx) -> None:
        """Raises a refusal unless the round is open, and the attendee may be matched and goes with nobody yet."""
        await self._check_open(round_id, tx)
        person = (await self._candidates.get_many(attendee_ids[:1], tx)).get(attendee_ids[0])
        if person is None or person.empty:
            raise NotFound("attendee", attendee_ids[0], which="who may be matched")
        known = await self._partnerships.of(round_id, attendee_ids, tx)
        if known and known.partner_id:
            raise Conflict(Worded("the attendee already goes together with somebody; end that first"))

    async def _check_open(self, round_id: str, tx: Tx) -> None:
        round = await self._rounds.get_for_update(round_id, tx)
        if round is None:
            raise NotFound("round", round_id)
        check_open(round, tx.now)
