"""Data for tests of insight: a conference with sessions, recommendations, rankings and placements."""

from datetime import UTC, datetime
from typing import Any, Final

from matching.catalogue.repository import CatalogueRepository
from matching.catalogue.use_cases import LiveCatalogue
from matching.engine.index import Numbering
from matching.engine.score import Weights
from matching.model.candidates import Attended, Candidate, Interest
from matching.model.conferences import Conference, Session
from matching.model.listings import Listing, RequestedTerm
from matching.recommendations.repository import CandidatesRepository
from shared.contract.envelope import Event, Received
from shared.contract.events.fields import Discipline
from shared.contract.events.listings import ListingWithdrawn
from shared.contract.events.matching import Match
from shared.database.mongo import Database, Tx
from support.rounds import MatchDay
from support.worlds import PlainTerms

HOSTILE: Final = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"

CONFERENCES: Final = [
    Conference(
        "pyconf",
        1,
        "PyConf",
        [
            Session("arrays", "Arrays that fly", ["numpy"]),
            Session("logs", "How we run four thousand notebooks on one small cluster and still sleep at night", ["kafka"]),
            Session("hostile", HOSTILE, ["rust"]),
        ],
    ),
    Conference("geo", 1, "Geo Days", []),
]
SKILLS: Final = {"l1": ["numpy", "kafka"], "l2": ["kafka", "rust"], "l3": ["sql", "numpy"]}
FIELDS: Final[dict[str, list[Discipline]]] = {"l1": ["ict"], "l2": ["biology"], "l3": ["arts", "social-sciences"]}


def listings() -> list[Listing]:
    return [
        Listing(
            id,
            1,
            open=True,
            title=f"Listing {id}",
            organization="Acme" if id != "l3" else HOSTILE,
            organization_id="acme" if id != "l3" else "other",
            requested_terms={key: RequestedTerm("skill", key.title()) for key in skills},
            disciplines=FIELDS[id],
            seats=4,
        )
        for id, skills in SKILLS.items()
    ]


def candidate(number: int) -> Candidate:
    """A candidate. The first five attended the hostile session, every second one knows SQL, and all attended the first session,
    at PyConf."""
    sessions = [Attended("pyconf", "arrays")] + ([Attended("pyconf", "hostile")] if number < 5 else [])
    matches = [Match(listing_id=id, title=id, organization="Acme", url=None, score=0.5, reasons=[]) for id in ("l1", "l2")]
    disciplines: list[Discipline | None] = ["ict", "biology", None]
    return Candidate(
        f"a{number:02}",
        shard=0,
        version=1,
        interests={"sql": Interest(declared=True)}
        if number % 2
        else {"numpy": Interest(sessions={sessions[0]: "Arrays that fly"})},
        sessions=sessions,
        conference_ids={"pyconf"},
        discipline=disciplines[number % 3],
        matches=matches,
    )


async def save(database: Database, listings: list[Listing], conferences: list[Conference], people: list[Candidate]) -> None:
    """Save all of these as new."""

    async def work(tx: Tx) -> None:
        await CatalogueRepository(database.db).save(listings, conferences, set(), tx)
        await CandidatesRepository(database.db).save(people, [], set(), {}, tx)

    await database.transact(work)


async def came_to_something(day: MatchDay) -> None:
    """Create a conference with thirty attendees, of whom six ranked listings and the round placed five."""
    await save(day.database, listings(), CONFERENCES, [candidate(number) for number in range(30)])
    choices = {f"a{number:02}": ["l1", "l2"] for number in range(5)} | {"a05": ["l1"]}
    hosts: dict[str, dict[str, Any]] = {
        "l1": {"attendee_ids": ["a00", "a01", "a02", "a03"]},
        "l2": {"attendee_ids": ["a04"]},
        "l3": {"by": "score"},
    }
    await day.opened("r1", ["l1", "l2", "l3"], choices, hosts)
    await day.matched("r1")
    await day.published("r1")


async def withdraw(database: Database, listing: Listing) -> None:
    """Apply the event that the listing's seats are filled."""
    live_catalogue = LiveCatalogue(CatalogueRepository(database.db), PlainTerms(), Weights(), Numbering())
    filled = ListingWithdrawn(listing_id=listing.id, version=listing.version + 1, reason="filled")
    record = Received("listings.listings", b"", [], key=listing.id.encode())
    event = Event("e1", "listings", "listings.listing.withdrawn.v1", datetime.now(UTC), "", filled, record)
    await database.transact(lambda tx: live_catalogue.apply([event], tx))


async def erase(day: MatchDay, attendee_ids: set[str]) -> None:
    """Delete everything that the service stores about these attendees."""

    async def work(tx: Tx) -> None:
        await day.candidates.save([], [], attendee_ids, {}, tx)
        await day.eraser.erase(attendee_ids, tx)

    await day.database.transact(work)
