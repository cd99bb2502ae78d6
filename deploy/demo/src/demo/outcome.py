"""What came out of it, for each attendee: recommendations, mail, and a match in words."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx

from demo.attendees import Attendee

CONCURRENT_REQUESTS = 8


@dataclass(frozen=True)
class Outcome:
    """One attendee, the matches recommended to them (best first), and the mails in their inbox."""

    attendee: Attendee
    matches: Sequence[Mapping[str, Any]]
    mails: int

    @property
    def mail_is_missing(self) -> bool:
        """Whether they agreed to mail, have matches, and got none."""
        return self.attendee.consents and bool(self.matches) and self.mails == 0

    @property
    def mail_is_unwanted(self) -> bool:
        """Whether they did not agree to mail and got some."""
        return not self.attendee.consents and bool(self.mails)


async def outcomes(
    client: httpx.AsyncClient, addresses: Mapping[str, str], inbox: str, attendees: Sequence[Attendee]
) -> list[Outcome]:
    """Ask registration for each attendee's id, matching for their matches, and the inbox for their mails.

    Raises `httpx.HTTPError` if one of them does not answer as it should.
    """
    at_once = asyncio.Semaphore(CONCURRENT_REQUESTS)

    async def get(url: str, absent: Any = None, **query: str) -> Any:
        async with at_once:
            response = await client.get(url, params=query)
        if response.status_code == HTTPStatus.NOT_FOUND and absent is not None:
            return absent
        return response.raise_for_status().json()

    async def outcome(attendee: Attendee) -> Outcome:
        email = attendee.person.email
        known = await get(f"{addresses['registration']}/attendees", email=email)
        advice = await get(f"{addresses['matching']}/attendees/{known['id']}/recommendations", absent={"matches": []})
        mails = (await get(f"{inbox}/api/messages/count", to=email))["count"]
        return Outcome(attendee, advice["matches"], mails)

    return list(await asyncio.gather(*map(outcome, attendees)))


def complaints(all_outcomes: Sequence[Outcome]) -> list[str]:
    """Say what is wrong with the mails: who should have got one, who should not, and a demo without any match."""
    without = [each.attendee.person.email for each in all_outcomes if each.mail_is_missing]
    unwanted = [each.attendee.person.email for each in all_outcomes if each.mail_is_unwanted]
    return [
        *([] if not without else [f"{len(without)} attendees have matches but got no mail: {_some(without)}"]),
        *([] if not unwanted else [f"{len(unwanted)} attendees got mail against their will: {_some(unwanted)}"]),
        *([] if any(each.matches for each in all_outcomes) else ["nobody was matched to anything"]),
    ]


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "")


def examples(all_outcomes: Sequence[Outcome], count: int = 3) -> list[Outcome]:
    """Return those whose best match has the most kinds of reasons, then skills; each for another listing."""

    def interest(each: Outcome) -> tuple[int, int, float]:
        best = each.matches[0]
        kinds = [reason["kind"] for reason in best["reasons"]]
        return len(set(kinds)), kinds.count("skill"), best["score"]

    chosen: dict[str, Outcome] = {}
    for each in sorted((each for each in all_outcomes if each.matches), key=interest, reverse=True):
        chosen.setdefault(each.matches[0]["listing_id"], each)
    return list(chosen.values())[:count]


def in_words(reasons: Sequence[Mapping[str, Any]], count: int = 5) -> list[str]:
    """Return the weightiest reasons as clauses that go on after "they …"; a session is told once, with all its terms."""
    heaviest = sorted(reasons, key=lambda reason: -reason["contribution"])
    sessions: dict[str, list[str]] = {}
    known: list[str] = []
    clauses: dict[str, str] = {}  # by what they are about, in the order of their weight
    for reason in heaviest:
        term, title = str(reason.get("term") or ""), reason.get("session_title")
        if title:
            sessions.setdefault(title, []).append(term)
            clauses[title] = f"attended “{title}” ({', '.join(sessions[title])})"
        if reason.get("declared") or (term and not title):
            known.append(term)
            clauses["known"] = f"know {', '.join(known)}"
        if reason["kind"] == "met":
            clauses["met"] = "met one of its mentors"
        if reason["kind"] == "conference":
            clauses["conference"] = "were at a conference that its hosts take part in"
    return list(clauses.values())[:count]
