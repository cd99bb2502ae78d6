"""A match day through the services as processes: from attendance to seats that are taken."""

import asyncio
import json
import re
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import ConsumerRecord

from support.kafka import Kafka
from support.patience import PATIENCE
from support.platform import Platform

MANUAL = Path(__file__).parents[2] / "docs" / "match-day.md"
PRINTED = {
    "registration": "http://127.0.0.1:8001",
    "listings": "http://127.0.0.1:8002",
    "matching": "http://127.0.0.1:8003",
}
PATIENT_CURL = """
curl() {
  for _ in $(seq 100); do
    if said=$(command curl -sS --fail-with-body --noproxy '*' "$@"); then echo "$said"; return; fi
    sleep 0.2
  done
  echo "$* was answered: $said" >&2
  exit 1
}
"""
SESSIONS = {"s1": "NumPy", "s2": "Django"}
LISTINGS = {"star-maps": ("NumPy", 1), "sky-survey": ("Django", 3), "archive": ("NumPy", 1), "later": ("NumPy", 1)}
IN_ROUND = ["star-maps", "sky-survey", "archive"]
RANKINGS = {
    "ada": ["star-maps", "sky-survey"],
    "ben": ["star-maps", "sky-survey"],
    "cyd": ["star-maps", "archive"],
    "dan": ["star-maps", "archive"],
    "eve": ["archive"],
    "fay": ["star-maps"],
}
HOSTS: dict[str, dict[str, Any]] = {
    "star-maps": {"attendee_ids": ["dan", "ben", "ada", "cyd", "fay"]},
    "sky-survey": {"by": "score", "reverts_to": "archive"},
    "archive": {"attendee_ids": ["dan", "cyd", "eve"]},
}
OUTCOMES = {
    "ada": ("sky-survey", ["filled", "matched"]),
    "ben": ("sky-survey", ["filled", "matched"]),
    "cyd": ("archive", ["filled", "matched"]),
    "dan": ("star-maps", ["matched", "not_needed"]),
    "eve": ("archive", ["matched"]),
    "fay": (None, ["filled"]),
}


class MatchDay:
    """The calls of an organizer, hosts' and attendees' systems, and what is asked of the services meanwhile."""

    def __init__(self, platform: Platform, kafka: Kafka, client: httpx.AsyncClient) -> None:
        self._platform = platform
        self._kafka = kafka
        self._client = client
        self.ids: dict[str, str] = {}
        """The attendees' ids, by their names."""

    async def call(self, service: str, method: str, path: str, body: Any = None) -> Any:
        answer = await self._client.request(method, f"{self._platform.url(service)}{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    async def attended(self) -> None:
        """Each was in a session, and agreed to be matched."""
        self._client.headers.update(await self._platform.operator())
        sessions = [{"id": id, "title": skill, "skills": [skill], "topics": []} for id, skill in SESSIONS.items()]
        conference = {"name": "PyConf", "starts": "2024-07-08", "ends": "2024-07-12", "sessions": sessions}
        await self.call("registration", "PUT", "/conferences/pyconf", conference)
        for name in RANKINGS:
            attendee = {"email": f"{name}@example.org", "name": name, "consent": {"matching": True}}
            for session in SESSIONS:
                await self._kafka.attend(
                    "session_attended", {"conference_id": "pyconf", "session_id": session, "attendee": attendee}
                )
        profiles = await self._kafka.events(
            "registration.profiles", until=lambda seen: len({one.key for one in seen}) == len(RANKINGS)
        )
        assert len({one["attendee_id"] for one in profiles}) == len(RANKINGS)
        for name in RANKINGS:
            self.ids[name] = (await self.call("registration", "GET", f"/attendees?email={name}@example.org"))["id"]

    async def offered(self) -> None:
        await self.call("listings", "PUT", "/organizations/observatory", {"name": "Observatory", "conference_ids": ["pyconf"]})
        for id, (skill, capacity) in LISTINGS.items():
            offer = {"organization_id": "observatory", "title": id, "skills": [skill], "capacity": capacity}
            await self.call("listings", "PUT", f"/listings/{id}", offer)
            await self.call("listings", "POST", f"/listings/{id}/publish")

    async def recommended(self, name: str) -> set[str]:
        answer = await self._client.get(f"{self._platform.url('matching')}/attendees/{self.ids[name]}/recommendations")
        return {match["listing_id"] for match in answer.json().get("matches", [])}

    async def until_everybody_is_recommended(self, listing_ids: set[str], but: frozenset[str] = frozenset()) -> None:
        """Those left out by ``but`` are recommended nothing."""

        async def are() -> bool:
            return all([await self.recommended(name) == (set() if name in but else listing_ids) for name in RANKINGS])

        await self.until(are)

    async def ranked(self) -> None:
        for name, listing_ids in RANKINGS.items():
            await self.call(
                "matching", "PUT", f"/rounds/autumn/rankings/attendees/{self.ids[name]}", {"listing_ids": listing_ids}
            )
        for id, ranking in HOSTS.items():
            named = {"attendee_ids": [self.ids[name] for name in ranking["attendee_ids"]]} if "attendee_ids" in ranking else {}
            await self.call("matching", "PUT", f"/rounds/autumn/rankings/listings/{id}", ranking | named)

    async def listing(self, id: str) -> dict[str, Any]:
        kept: dict[str, Any] = await self.call("listings", "GET", f"/listings/{id}")
        return kept

    async def seated(self, id: str) -> set[str]:
        """The attendees who have the listing's seats."""
        outcome = await self.call("matching", "GET", f"/rounds/autumn/outcomes/listings/{id}")
        return set(outcome["attendee_ids"])

    async def until(self, true: Callable[[], Awaitable[bool]], seconds: float = PATIENCE) -> None:
        async with asyncio.timeout(seconds):
            while not await true():
                await asyncio.sleep(0.2)

    async def until_round_is(self, state: str) -> dict[str, Any]:
        round: dict[str, Any] = {}

        async def there() -> bool:
            nonlocal round
            round = await self.call("matching", "GET", "/rounds/autumn")
            return bool(round["state"] == state)

        await self.until(there)
        return round


async def test_attendance_ends_in_seats_that_nobody_else_is_offered(platform: Platform, kafka: Kafka) -> None:
    async with httpx.AsyncClient(timeout=30) as client:
        day = MatchDay(platform, kafka, client)
        await day.attended()
        await day.offered()
        await day.until_everybody_is_recommended(set(LISTINGS))

        plan = {"name": "PyConf match day", "conference_id": "pyconf", "listing_ids": IN_ROUND, "seed": "lottery"}
        await day.call("matching", "PUT", "/rounds/autumn", plan)
        await day.call("matching", "POST", "/rounds/autumn/open")
        await day.ranked()
        await day.call("matching", "POST", "/rounds/autumn/lock")
        matched = await day.until_round_is("matched")
        assert (matched["attendees"], matched["matched"], matched["silent"]) == (6, 5, [])
        check = await day.call("matching", "GET", "/rounds/autumn/check")
        assert (check["blocking_pairs"], check["repeats"]) == (0, True)

        await day.call("matching", "POST", "/rounds/autumn/publish")
        await day.until_round_is("published")

        outcomes = await _newest(kafka, "matching.outcomes", 6)
        told = {name: outcomes[f"autumn:{id}"] for name, id in day.ids.items()}
        assert {
            name: (one["listing_id"], [choice["result"] for choice in one["choices"]]) for name, one in told.items()
        } == OUTCOMES
        placements = await _newest(kafka, "matching.placements", 5)
        seats = {name: placements[f"autumn:{id}"] for name, id in day.ids.items() if name != "fay"}
        assert {name: one["listing_id"] for name, one in seats.items()} == {
            name: seat for name, (seat, _) in OUTCOMES.items() if seat
        }
        assert {name: one["reverted_from"] for name, one in seats.items() if one["reverted_from"]} == {"eve": "sky-survey"}

        async def filled() -> bool:
            return all([(await day.listing(id))["status"] == "filled" for id in IN_ROUND])

        await day.until(filled)
        assert {id: (await day.listing(id))["placed"] for id in IN_ROUND} == {"star-maps": 1, "sky-survey": 2, "archive": 2}
        assert await day.seated("star-maps") == {day.ids["dan"]}
        assert {id: (await day.listing(id))["moved"] for id in IN_ROUND} == {"star-maps": 0, "sky-survey": -1, "archive": 1}
        assert await day.seated("archive") == {day.ids["cyd"], day.ids["eve"]}
        # Whoever has a seat, for which no dates are known, is not recommended anything else.
        await day.until_everybody_is_recommended({"later"}, but=frozenset(RANKINGS) - {"fay"})


@pytest.mark.skipif(shutil.which("curl") is None, reason="the manual's commands are those of curl")
async def test_the_manual_s_commands_work_as_they_are_printed(platform: Platform, kafka: Kafka, tmp_path: Path) -> None:
    """Each is repeated until it is answered well: what a reader does a moment later, too."""
    blocks = re.findall(r"```sh\n(.*?)```", MANUAL.read_text(), re.DOTALL)
    key = tmp_path / "operator-key"
    key.write_text((await platform.operator())["authorization"].removeprefix("Bearer "))
    script = PATIENT_CURL + "\n".join(blocks)
    for printed, here in {
        ".local/stack/operator-key": str(key),
        **{url: platform.url(name) for name, url in PRINTED.items()},
    }.items():
        assert printed in script
        script = script.replace(printed, here)
    process = await asyncio.create_subprocess_exec(
        "bash", "-euo", "pipefail", "-c", script, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(120):
            said, trouble = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, trouble.decode()
    *_, outcome, _, listing = map(json.loads, said.decode().splitlines())
    assert [choice["result"] for choice in outcome["choices"]] == ["not_ranked", "matched"]
    assert listing["id"] == "star-maps"
    placements = await _newest(kafka, "matching.placements", 3)
    assert all(key.startswith("autumn-2026:") for key in placements)


async def _newest(kafka: Kafka, topic: str, count: int) -> dict[str, dict[str, Any]]:
    """The newest event of each of so many keys."""

    def there(seen: list[ConsumerRecord]) -> bool:
        return len({record.key for record in seen}) >= count

    events = await kafka.events(topic, until=there)
    return {event.get("placement_id") or f"{event['round_id']}:{event['attendee_id']}": event for event in events}
