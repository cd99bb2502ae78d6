"""``/desk-people``: a host adds, changes and removes those who act for it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from support.answers import ok
from support.sessions import cookie, older, session_of, sign_in

BASE = "/desk-people/acme"


@pytest.fixture
async def api(api: httpx.AsyncClient) -> httpx.AsyncClient:
    """Two hosts, each with an admin."""
    for id in ("acme", "zoo"):
        await ok(api.put(f"/organizations/{id}", json={"name": f"{id} & co"}))
        mentor = {"name": f"Ada <{id}>", "email": f"{id}@example.org", "admin": True, "time_zone": "Europe/Prague"}
        await ok(api.put(f"/organizations/{id}/mentors/ada", json=mentor))
    return api


async def person_of(api: httpx.AsyncClient, host: str = "acme") -> str:
    return str((await ok(api.get(f"/organizations/{host}/mentors/ada")))["person_id"])


@pytest.fixture
async def ada(api: httpx.AsyncClient) -> dict[str, str]:
    return await sign_in("listings", await person_of(api)) | {"accept": "text/html"}


async def read(api: httpx.AsyncClient, who: dict[str, str], path: str = BASE, status: int = 200) -> str:
    answer = await api.get(path, headers=who)
    assert answer.status_code == status, answer.text
    return answer.text


async def send(api: httpx.AsyncClient, who: dict[str, str], path: str, status: int = 303, **fields: Any) -> str:
    answer = await api.post(path, data=fields, headers=who)
    assert answer.status_code == status, answer.text
    return answer.headers.get("location", "") if status == 303 else answer.text


async def test_an_admin_adds_and_changes_a_colleague(api: httpx.AsyncClient, ada: dict[str, str]) -> None:
    page = await read(api, ada)
    assert "Ada &lt;acme&gt;" in page
    assert "(you)" in page
    [path] = re.findall(r'action="(/desk-people/acme/p-[0-9a-f]+)"', await read(api, ada, f"{BASE}/add"))
    for _ in range(2):  # sent twice
        assert await send(api, ada, path, name="Ben", email="ben@example.org", contact="true") == f"{BASE}?done=saved"
    page = await read(api, ada)
    assert page.count("ben@example.org") == 1
    assert "Answers applications" in page
    await send(api, ada, path, name="Ben", email="ben@example.org", named="true", locale="de")
    [ben] = [one for one in (await ok(api.get("/organizations/acme/mentors")))["items"] if one["name"] == "Ben"]
    assert (ben["contact"], ben["named"], ben["locale"]) == (False, True, "de")
    await send(api, ada, f"{BASE}/ada", name="Ada", email="acme@example.org", admin="true")
    kept = await ok(api.get("/organizations/acme/mentors/ada"))
    assert kept["time_zone"] == "Europe/Prague"  # which the form does not ask for
    assert "Ihr Team" in await read(api, ada | {"accept-language": "de"})


async def test_a_wrong_address_is_said_and_nothing_typed_is_lost(api: httpx.AsyncClient, ada: dict[str, str]) -> None:
    page = await send(api, ada, f"{BASE}/ben", 422, name="Ben <b>", email="nowhere")
    assert 'id="fault-email"' in page
    assert 'value="Ben &lt;b&gt;"' in page
    await read(api, ada, f"{BASE}/ben", 404)


async def test_a_removal_needs_a_new_session(api: httpx.AsyncClient, ada: dict[str, str]) -> None:
    await send(api, ada, f"{BASE}/ben", name="Ben", email="ben@example.org")
    old = cookie(older(session_of(await person_of(api)))) | {"accept": "text/html"}
    assert "again=yes&amp;next=/desk-people/acme/ben" in await read(api, old, f"{BASE}/ben")
    assert "Nobody was removed" in await send(api, old, f"{BASE}/ben/remove", 403)
    assert await send(api, ada, f"{BASE}/ben/remove") == f"{BASE}?done=removed"
    await send(api, ada, f"{BASE}/ben/remove", 404)
    assert "ben@example.org" not in await read(api, ada)


async def test_mentors_say_that_they_look_after_nobody_new(api: httpx.AsyncClient, ada: dict[str, str]) -> None:
    made = await ok(api.put("/organizations/acme/mentors/ben", json={"name": "Ben", "email": "ben@example.org"}))
    ben, path = await sign_in("listings", made["person_id"]) | {"accept": "text/html"}, "/organizations/acme/mentors/ben/away"
    until = datetime.now(UTC).date() + timedelta(days=90)
    assert "I cannot mentor this term" in await read(api, ben, "/mentor-time")
    assert "is in the past" in await send(api, ben, "/mentor-time/acme", 422, until="2020-01-01")
    assert await send(api, ben, "/mentor-time/acme", until=str(until)) == "/mentor-time?done=away"
    assert "I can mentor again" in await read(api, ben, "/mentor-time")
    assert "Away" in await read(api, ada)
    choosing = await read(api, ada, f"{BASE}/mentors?placement=p1&version=3&chosen={await person_of(api)}")
    assert f'value="{await person_of(api)}" checked' in choosing
    assert f'value="{made["person_id"]}" disabled' in choosing
    assert 'action="/desk/acme/placements/p1/mentors"' in choosing
    await ok(api.put("/organizations/acme/mentors/ben", json={"name": "Ben B.", "email": "ben@example.org"}))
    assert (await ok(api.get("/organizations/acme/mentors/ben")))["away_until"] == str(until), "a change of the rest leaves it"
    assert (await api.put(path, json={"until": None}, headers=ada)).json()["away_until"] is None
    assert (await api.put(path, json={"until": str(until)}, headers=ben)).json()["away_until"] == str(until)
    assert (await api.put(path.replace("ben", "ada"), json={"until": None}, headers=ben)).status_code == 404, "it is not hers"
    assert await send(api, ben, "/mentor-time/acme", back="yes") == "/mentor-time?done=back"


async def test_people_of_others_do_not_exist(api: httpx.AsyncClient, ada: dict[str, str]) -> None:
    zoo = await sign_in("listings", await person_of(api, "zoo")) | {"accept": "text/html"}
    for path in (BASE, f"{BASE}/add", f"{BASE}/ada"):
        await read(api, zoo, path, 404)
    for path in (f"{BASE}/ada", f"{BASE}/ada/remove"):
        await send(api, zoo, path, 404, name="Zoo", email="zoo@example.org", admin="true")
    await read(api, await sign_in("listings", "f" * 32) | {"accept": "text/html"}, BASE, 403)
