"""Each attendee's outcome of the demo: recommendations and mails. Also puts the reasons of a match into words."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx

from demo.attendees import Attendee
from demo.desk import CONCURRENT_REQUESTS


@dataclass(frozen=True)
class Outcome:
    """An attendee, the matches recommended to them (best first), and the mails in their inbox."""

    attendee: Attendee
    matches: Sequence[Mapping[str, Any]]
    mails: int
    digests: int
    """How many mails with matches notifications says it has sent."""
    attendee_id: str = ""
    """Under which the services know them."""

    @property
    def mail_is_missing(self) -> bool:
        """Whether they agreed to mail and have matches, but got no mail about them."""
        return self.attendee.consents and bool(self.matches) and self.digests == 0

    @property
    def mail_is_unwanted(self) -> bool:
        """Whether they got mail without agreeing to it."""
        return not self.attendee.consents and bool(self.mails)


async def outcomes(
    client: httpx.AsyncClient, addresses: Mapping[str, str], inbox: str, attendees: Sequence[Attendee]
) -> list[Outcome]:
    """Get each attendee's id from registration, matches from matching, and mails from notifications and the inbox.

    Raises `httpx.HTTPError` if one of them fails.
    """
    at_once = asyncio.Semaphore(CONCURRENT_REQUESTS)

    async def get(url: str, absent: Any = None, **query: str) -> Any:
        async with at_once:
            response = await client.get(url, params=query)
        if response.status_code == HTTPStatus.NOT_FOUND and absent is not None:
            return absent
        return response.raise_for_status().json()

    received = await _received(get, inbox)

    async def outcome(attendee: Attendee) -> Outcome:
        email = attendee.person.email
        known = await get(f"{addresses['registration']}/attendees", email=email)
        advice = await get(f"{addresses['matching']}/attendees/{known['id']}/recommendations", absent={"matches": []})
        digests = await get(f"{addresses['notifications']}/messages", person_id=known["id"], kind="matches")
        sent = sum(message["state"] == "sent" for message in digests)
        return Outcome(attendee, advice["matches"], received[email], sent, known["id"])

    return list(await asyncio.gather(*map(outcome, attendees)))


async def _received(get: Callable[..., Awaitable[Any]], inbox: str) -> Counter[str]:
    """How many mails each address has received."""
    received: Counter[str] = Counter()
    seen = 0
    while messages := (await get(f"{inbox}/api/messages", limit="1000", offset=str(seen)))["messages"]:
        received.update(address for message in messages for address in message["to"])
        seen += len(messages)
    return received


def complaints(all_outcomes: Sequence[Outcome]) -> list[str]:
    """Return what is wrong: missing mails, unwanted mails, and if nobody has a match."""
    without = [each.attendee.person.email for each in all_outcomes if each.mail_is_missing]
    unwanted = [each.attendee.person.email for each in all_outcomes if each.mail_is_unwanted]
    return [
        *([] if not without else [f"{len(without)} attendees have matches but got no mail: {_some(without)}"]),
        *([] if not unwanted else [f"{len(unwanted)} attendees got mail without having agreed to it: {_some(unwanted)}"]),
        *([] if any(each.matches for each in all_outcomes) else ["nobody has a match"]),
    ]


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "")


def examples(all_outcomes: Sequence[Outcome], count: int = 3) -> list[Outcome]:
    """Return the outcomes whose best matches have the most kinds of reasons, then skills, each with another listing."""

    def interest(each: Outcome) -> tuple[int, int, float]:
        best = each.matches[0]
        kinds = [reason["kind"] for reason in best["reasons"]]
        return len(set(kinds)), kinds.count("skill"), best["score"]

    chosen: dict[str, Outcome] = {}
    for each in sorted((each for each in all_outcomes if each.matches), key=interest, reverse=True):
        chosen.setdefault(each.matches[0]["listing_id"], each)
    return list(chosen.values())[:count]


def in_words(reasons: Sequence[Mapping[str, Any]], count: int = 5) -> list[str]:
    """Return the strongest reasons as clauses that follow "they …". A session is named once, with all its terms.

    Words in common come last, as on pages and in mails.
    """
    terms: dict[str, list[str]] = {}  # by the beginning of the clause that names them
    clauses: dict[str, str] = {}  # by the same beginning, strongest first
    for reason in sorted(reasons, key=lambda reason: (reason["kind"] == "similarity", -reason["contribution"])):
        kind, term, title = reason["kind"], str(reason.get("term") or ""), reason.get("session_title")
        if kind in ("skill", "topic", "research"):
            beginnings = [f"attended “{title}”"] if title else []
            if reason.get("declared") or not title:
                beginnings.append("know" if kind == "skill" else "are interested in")
            for beginning in beginnings:
                terms.setdefault(beginning, []).append(term)
                named = ", ".join(dict.fromkeys(terms[beginning]))
                clauses[beginning] = f"{beginning} ({named})" if title and beginning == beginnings[0] else f"{beginning} {named}"
        elif kind == "demand":
            # Only the strongest one.
            clauses.setdefault(kind, f"bring {term}, which is in short supply")
        elif kind == "similarity":
            terms.setdefault(kind, []).append(term)
            clauses[kind] = f"have words of its description in their profile or sessions: {', '.join(terms[kind])}"
        elif kind == "discipline":
            name = "ICT" if term == "ict" else term.replace("-", " ")
            clauses[kind] = f"study a field that it looks for: {name}"
        elif kind == "met":
            clauses[kind] = "met one of its mentors"
        elif kind == "nomination":
            clauses[kind] = "were nominated by a mentor"
        elif kind == "conference":
            clauses[kind] = "attended a conference that its host takes part in"
    return list(clauses.values())[:count]
