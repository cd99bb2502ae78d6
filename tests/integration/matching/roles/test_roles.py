"""Who has which role, as registration and listings publish it: late, repeated, forged and erased."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import bson
import pytest
from pydantic import BaseModel

from matching.roles.repository import RolesRepository
from matching.roles.use_cases import RoleRecorder
from shared.contract.envelope import Event, Received
from shared.contract.events.listings import OrganizationChanged, StaffPost
from shared.contract.events.registration import ConferenceScheduled
from shared.contract.topics import CONFERENCES, ORGANIZATIONS, Topic
from shared.database.mongo import Database
from shared.settings import ServiceSettings
from shared.web.access.roles import Grant
from support.databases import apply


def conference(version: int = 1, *organizers: str, id: str = "c1", key: str = "") -> Event:
    """The event of this version of a conference. ``key``: that of its record, if it is another one."""
    days: Any = {"starts": "2026-07-08", "ends": "2026-07-09"}
    data = ConferenceScheduled(conference_id=id, version=version, name="C", sessions=[], organizers=list(organizers), **days)
    return event(CONFERENCES, data, key or id)


def organization(version: int = 1, *, id: str = "o1", key: str = "", **posts: str) -> Event:
    """The event of this version of an organization. ``posts``: the posts of each person, in one text."""
    staff = [
        StaffPost(person_id=person, admin="admin" in held, contact="contact" in held, mentor="mentor" in held)
        for person, held in posts.items()
    ]
    data = OrganizationChanged(organization_id=id, version=version, name="O", url=None, conference_ids=[], staff=staff)
    return event(ORGANIZATIONS, data, key or id)


def event(topic: Topic, data: BaseModel | None, key: str) -> Event:
    received = Received(f"test.{topic.name}", b"", (), key.encode())
    return Event("1", topic.publisher, topic.types[0], datetime.now(UTC), "", data, received)


class World:
    """The service's database, and what is recorded in it."""

    def __init__(self) -> None:
        self.database = Database("matching", ServiceSettings())
        self.roles = RolesRepository(self.database.db)

    async def apply(self, *events: Event) -> list[str]:
        """Apply the batch. Returns the reasons of those that are left out."""
        return await apply(self.database, RoleRecorder(self.roles).apply, *events)

    async def grants(self, *person_ids: str) -> set[tuple[str, str]]:
        return {(grant.role, grant.id) for grant in await self.roles.grants(person_ids)}


@pytest.fixture
async def world(environment: dict[str, str]) -> AsyncIterator[World]:
    world = World()
    await world.roles.ensure_indexes()
    yield world
    world.database.close()


async def test_a_person_has_the_roles_that_conferences_and_organizations_name(world: World) -> None:
    await world.apply(
        conference(1, "ada", "bob"),
        conference(1, "ada", id="c2"),
        organization(ada="admin contact", cyd="mentor"),
        organization(id="o2", ada="contact"),
    )
    assert await world.grants("ada") == {
        ("organizer", "c1"),
        ("organizer", "c2"),
        ("admin", "o1"),
        ("contact", "o1"),
        ("contact", "o2"),
    }
    assert await world.roles.grants(["bob"]) == [Grant("organizer", "c1")]
    assert await world.grants("cyd") == {("mentor", "o1")}
    for nobody in ([], ["nobody"], ["ad"], ["ADA"], ["c1"], ["o1"]):
        assert await world.grants(*nobody) == set()


async def test_several_ids_of_one_person_count_together_and_bring_no_role_of_others(world: World) -> None:
    await world.apply(conference(1, "ada", "bob"), organization(eve="contact", cyd="admin"))
    assert await world.grants("ada", "eve") == {("organizer", "c1"), ("contact", "o1")}
    assert await world.grants("eve", "nobody") == {("contact", "o1")}


async def test_a_conference_and_an_organization_with_one_id_are_two(world: World) -> None:
    await world.apply(conference(5, "ada", id="same"), organization(2, id="same", bob="admin"))
    assert await world.grants("ada") == {("organizer", "same")}
    assert await world.grants("bob") == {("admin", "same")}
    await world.apply(event(ORGANIZATIONS, None, "same"))
    assert await world.grants("ada") == {("organizer", "same")}
    assert await world.grants("bob") == set()


@pytest.mark.parametrize("together", [True, False])
async def test_the_newest_version_holds_whatever_comes_late_or_again(world: World, together: bool) -> None:
    events = [
        conference(2, "ada"),
        organization(7, ada="admin"),
        conference(3, "bob"),
        organization(8, ada="mentor"),
        conference(2, "ada"),
        organization(7, ada="admin"),
        conference(1, "ada", "eve"),
    ]
    for batch in [events] if together else [[one] for one in events]:
        assert await world.apply(*batch) == []
    assert await world.apply(*events) == []
    assert await world.grants("ada") == {("mentor", "o1")}
    assert await world.grants("bob") == {("organizer", "c1")}
    assert await world.grants("eve") == set()


async def test_an_erased_person_is_nowhere_in_the_database(world: World) -> None:
    person = "erin_e1e1e1e1"
    await world.apply(conference(1, person, "bob"), organization(erin_e1e1e1e1="admin contact mentor", bob="contact"))
    await world.apply(conference(2, "bob"), organization(2, bob="contact"))
    assert await world.grants(person) == set()
    assert await world.grants("bob") == {("organizer", "c1"), ("contact", "o1")}
    stored = [document async for document in world.database.db["roles"].find()]
    assert stored
    assert not [document for document in stored if person.encode() in bson.encode(document)]


@pytest.mark.parametrize("again", ["in the same batch", "later"])
async def test_what_was_erased_does_not_come_back_with_an_older_event(world: World, again: str) -> None:
    told = [conference(4, "ada"), organization(4, ada="admin")]
    gone = [event(CONFERENCES, None, "c1"), event(ORGANIZATIONS, None, "o1")]
    await world.apply(*told, *gone, *(told if again == "in the same batch" else []))
    assert await world.grants("ada") == set()
    await world.apply(*told)
    assert await world.grants("ada") == set()


async def test_an_event_under_another_key_gives_nobody_a_role(world: World) -> None:
    assert await world.apply(conference(9, "eve", key="c2"), organization(9, key="o2", eve="admin"), conference(1, "ada")) == [
        "conference_id: must be the key of the record, 'c2', not 'c1'",
        "organization_id: must be the key of the record, 'o2', not 'o1'",
    ]
    assert await world.grants("eve") == set()
    assert await world.grants("ada") == {("organizer", "c1")}
    assert await world.apply(organization(1, ada="contact")) == []
    assert await world.grants("ada") == {("organizer", "c1"), ("contact", "o1")}
