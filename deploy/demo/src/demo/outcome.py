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
    mails: int | None  # None without an inbox

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
        mails = (await get(f"{inbox}/api/messages/count", to=email))["count"] if inbox else None
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
    """Return those whose best match has the most kinds of reasons, then the best score; each for another listing."""

    def interest(each: Outcome) -> tuple[int, float]:
        best = each.matches[0]
        return len({reason["kind"] for reason in best["reasons"]}), best["score"]

    chosen: dict[str, Outcome] = {}
    for each in sorted((each for each in all_outcomes if each.matches), key=interest, reverse=True):
        chosen.setdefault(each.matches[0]["listing_id"], each)
    return list(chosen.values())[:count]


def in_words(reasons: Sequence[Mapping[str, Any]], count: int = 4) -> list[str]:
    """Return the weightiest reasons as clauses that go on after "because they …"."""
    words = []
    for reason in sorted(reasons, key=lambda reason: -reason["contribution"])[:count]:
        match reason:
            case {"kind": "met"}:
                words.append("met one of its mentors")
            case {"kind": "conference"}:
                words.append("were at a conference that its hosts take part in")
            case {"declared": True, "session_title": str(title), "term": term}:
                words.append(f"know {term}, and attended “{title}” about it")
            case {"session_title": str(title), "term": term}:
                words.append(f"attended “{title}”, which is about {term}")
            case {"kind": "skill", "term": term}:
                words.append(f"know {term}")
            case {"term": term}:
                words.append(f"take an interest in {term}")
    return words
