"""``/desk-listings``: a host writes, previews, publishes and closes its listings."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from support.answers import ok
from support.sessions import sign_in

BASE = "/desk-listings/acme/write/l1"
SOON = (datetime.now(UTC) + timedelta(days=30)).replace(microsecond=0, second=0)
TYPED: dict[str, Any] = {
    "title": "Plots <in> 3D",
    "description": "Draw them.",
    "skills": "Python, NumPy",
    "capacity": "2",
    "deadline": f"{SOON:%Y-%m-%dT%H:%M}",
    "starts": "2027-03-01",
    "country": "de",
    "place": "Potsdam",
    "paid": "paid",
    "amount": "1250.50",
    "currency": "eur",
    "period": "month",
    "mentor_ids": ["ada"],
    "public": "true",
}


@pytest.fixture
async def api(api: httpx.AsyncClient) -> httpx.AsyncClient:
    """Two hosts, each with an admin."""
    for id in ("acme", "zoo"):
        await ok(api.put(f"/organizations/{id}", json={"name": f"{id} & co"}))
        await ok(api.put(f"/organizations/{id}/mentors/ada", json={"name": id, "email": f"{id}@example.org", "admin": True}))
    return api


async def admin(api: httpx.AsyncClient, host: str = "acme") -> dict[str, str]:
    person = (await ok(api.get(f"/organizations/{host}/mentors/ada")))["person_id"]
    return await sign_in("listings", person) | {"accept": "text/html"}


@pytest.fixture
async def host(api: httpx.AsyncClient) -> dict[str, str]:
    return await admin(api)


async def read(api: httpx.AsyncClient, who: dict[str, str], path: str, status: int = 200) -> str:
    answer = await api.get(path, headers=who)
    assert answer.status_code == status, answer.text
    return answer.text


async def send(api: httpx.AsyncClient, who: dict[str, str], path: str, status: int = 303, **fields: Any) -> str:
    answer = await api.post(path, data=fields, headers=who)
    assert answer.status_code == status, answer.text
    return answer.headers.get("location", "") if status == 303 else answer.text


def seen(page: str) -> str:
    return page.split('name="seen" value="')[1].split('"')[0]


async def test_a_host_writes_publishes_and_closes_a_listing(api: httpx.AsyncClient, host: dict[str, str]) -> None:
    assert "No listings yet" in await read(api, host, "/desk-listings/acme")
    assert 'name="title"' in await read(api, host, "/desk-listings/acme/write")
    assert await send(api, host, BASE, **TYPED) == f"{BASE}?done=saved"
    kept = await ok(api.get("/listings/l1"))
    assert kept["pay"] == {"amount": 1250.5, "currency": "EUR", "period": "month", "eligibility": None}
    assert (kept["skills"], kept["conditions"]["country"], kept["mentor_ids"]) == (["Python", "NumPy"], "DE", ["ada"])
    assert datetime.fromisoformat(kept["deadline"]) == SOON
    page = await read(api, host, BASE)
    assert "Plots &lt;in&gt; 3D" in page
    assert f"{BASE}/publish" in page
    assert f"{BASE}/close" not in page
    typed = TYPED | {"capacity": "3", "seen": seen(page)}
    assert 'value="3"' in await send(api, host, f"{BASE}/publish", 412, **typed | {"seen": "what was there before"})
    assert await send(api, host, f"{BASE}/publish", **typed) == f"{BASE}?done=published"
    assert "3 free, 0 taken, 0 offered" in await read(api, host, "/desk-listings/acme"), "saved with it"
    page = await read(api, host, BASE)
    await send(api, host, BASE, **typed)  # as it is: nothing changes
    for changes in ({"title": "Unsaved"}, {"capacity": "many"}):
        unsaved = await send(api, host, f"{BASE}/close", 409, **typed | changes)
        assert "It was not closed" in unsaved
        assert f'value="{next(iter(changes.values()))}"' in unsaved
    assert await send(api, host, f"{BASE}/close", **typed) == f"{BASE}?done=closed"
    assert "It has ended" in await read(api, host, BASE)
    refused = await send(api, host, BASE, 409, **typed | {"title": "Other", "seen": seen(page)})
    assert 'value="Other"' in refused
    await send(api, host, f"{BASE}/publish", **typed | {"title": "Again", "seen": seen(page)})
    again = await ok(api.get("/listings/l1"))
    assert (again["title"], again["status"]) == ("Again", "published")
    assert "Ihre Ausschreibungen" in await read(api, host | {"accept-language": "de"}, "/desk-listings/acme")


async def test_what_the_form_does_not_ask_for_stays(api: httpx.AsyncClient, host: dict[str, str]) -> None:
    details = {"organization_id": "acme", "title": "Plots", "skills": ["Python", "C"], "capacity": 1}
    more = {"requirements": [{"term": "Python", "level": 3}, {"term": "C", "level": 2}]}
    answer = await api.put("/listings/l1", json=details | more)
    assert answer.status_code == 201
    await send(api, host, BASE, title="Plots", skills="Python", capacity="1", seen=seen(await read(api, host, BASE)))
    kept = await ok(api.get("/listings/l1"))
    assert kept["requirements"] == [{"term": "Python", "level": 3, "weight": 1.0}]


async def test_a_preview_shows_what_was_typed_and_saves_nothing(api: httpx.AsyncClient, host: dict[str, str]) -> None:
    page = await send(api, host, BASE, 200, **TYPED, do="preview")
    assert page.count("1,250.5 EUR a month") == 1
    assert 'value="Python, NumPy"' in page
    part = await send(api, host, f"{BASE}/preview", 200, **TYPED)
    assert "Plots &lt;in&gt; 3D" in part
    assert "<html" not in part
    missing = await send(api, host, f"{BASE}/preview", 200, capacity="1")
    assert "once this is corrected" in missing
    assert (await api.get("/listings/l1")).status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"capacity": "0"}, "capacity"),
        ({"capacity": "many"}, "capacity"),
        ({"currency": ""}, "currency"),
        ({"amount": ""}, "amount"),
        ({"ends": "2027-01-01"}, "ends"),
        ({"work_permission": "true", "country": ""}, "country"),
        ({"deadline": "soon"}, "deadline"),
        ({"mentor_ids": ["nobody"]}, "mentor_ids"),
        ({"url": "javascript:alert(1)"}, "url"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field(
    api: httpx.AsyncClient, host: dict[str, str], changes: dict[str, Any], field: str
) -> None:
    page = await send(api, host, BASE, 422, **TYPED | changes)
    assert f'href="#field-{field}"' in page
    assert "Draw them." in page
    assert (await api.get("/listings/l1")).status_code == 404


async def test_nobody_overwrites_what_they_did_not_see(api: httpx.AsyncClient, host: dict[str, str]) -> None:
    await send(api, host, BASE, **TYPED)
    before = seen(await read(api, host, BASE))
    await send(api, host, BASE, **TYPED | {"place": "Berlin"}, seen=before)
    page = await send(api, host, BASE, 412, **TYPED | {"title": "Mine"}, seen=before)
    assert "Somebody has changed it" in page
    assert 'value="Mine"' in page
    await send(api, host, BASE, **TYPED | {"title": "Mine"}, seen=seen(page))


async def test_what_the_state_forbids_is_said_on_the_page(api: httpx.AsyncClient, host: dict[str, str]) -> None:
    await send(api, host, BASE, **TYPED)
    assert "is a draft" in await send(api, host, f"{BASE}/close", 409, **TYPED)
    past = TYPED | {"deadline": f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%dT%H:%M}"}
    await send(api, host, BASE, **past, seen=seen(await read(api, host, BASE)))
    late = await send(api, host, f"{BASE}/publish", 409, **past, seen=seen(await read(api, host, BASE)))
    assert "has passed" in late


async def test_listings_of_others_do_not_exist(api: httpx.AsyncClient, host: dict[str, str]) -> None:
    await send(api, host, BASE, **TYPED)
    zoo = await admin(api, "zoo")
    for path in ("/desk-listings/acme", "/desk-listings/acme/write", BASE):
        await read(api, zoo, path, 404)
    for path in (BASE, f"{BASE}/preview", f"{BASE}/publish", f"{BASE}/close"):
        await send(api, zoo, path, 404, **TYPED)
    for path in ("/desk-listings/zoo/write/l1", "/desk-listings/zoo/write/l1/publish"):  # by their own address
        await send(api, zoo, path, 404, **TYPED)
    await read(api, await sign_in("listings", "f" * 32) | {"accept": "text/html"}, "/desk-listings/acme", 403)
