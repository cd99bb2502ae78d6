"""Pages for mentors, without JavaScript: from the mail's link to feedback and a nomination; only the people they have now."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser

from support.answers import ok
from support.browser import assert_everybody_can_use, new_page
from support.browser import sign_in as sign_browser_in
from support.forms import Walker
from support.kafka import Kafka
from support.published import publish_listing, publish_organization, publish_profile
from support.sessions import session_of, sign_in

HOSTILE = "<script>alert(1)</script> Ada"
TODAY = datetime.now(UTC).date()
PAGES = [
    ("GET", "/mentor"),
    ("GET", "/mentor/people/{placement}"),
    ("POST", "/mentor/people/{placement}/start"),
    ("POST", "/mentor/people/{placement}/feedback"),
    ("POST", "/mentor/people/{placement}/skills"),
    ("POST", "/mentor/people/{placement}/leave"),
    ("GET", "/mentor/nominations"),
    ("GET", "/mentor/nominations/{nomination}"),
    ("POST", "/mentor/nominations"),
    ("POST", "/mentor/nominations/{nomination}/withdraw"),
]
"""All pages and forms for mentors."""


@pytest.fixture
async def api(api: httpx.AsyncClient, kafka: Kafka) -> httpx.AsyncClient:
    """mina and max are mentors of o1, which takes part in c1; mina met ada there, and looks after who is placed at "stars"."""
    await publish_organization(kafka, "o1", 1, ["c1"], cora="contact", mina="mentor", max="mentor")
    await publish_organization(kafka, "o2", 1, [], zoe="mentor")
    interests = [{"kind": "skill", "term": "python", "declared": True, "evidence": []}]
    met = [{"person_id": "mina", "conference_id": "c1"}]
    await publish_profile(kafka, "ada", conference_ids=["c1"], interests=interests, met=met)
    await publish_profile(kafka, "ben", conference_ids=["c3"], interests=interests)
    dates = {"starts": str(TODAY), "ends": str(TODAY + timedelta(days=60)), "hours_per_week": 20}
    listing: dict[str, Any] = {"organization_id": "o1", "conference_ids": ["c1"], "conditions": dates, "capacity": 5}
    await publish_listing(kafka, "stars", title="Map the stars", mentor_person_ids=["mina"], **listing)
    await publish_listing(kafka, "leaders", title="Lead a team", kind="leadership", organization_id="o2", capacity=5)
    for topic, group in (
        ("registration.profiles", "candidates"),
        ("listings.listings", "catalogue"),
        ("listings.organizations", "roles"),
    ):
        await kafka.no_lag(topic, f"matching.{group}")
    return api


async def placed(api: httpx.AsyncClient, attendee: str = "ada", name: str = "Ada Lovelace") -> str:
    """Have the attendee apply, be offered the seat, and accept it. Returns the placement's id."""
    application = await ok(api.put(f"/attendees/{attendee}/applications/stars", json={"name": name}))
    path = f"/applications/{application['id']}"
    deadline = (datetime.now(UTC) + timedelta(days=5)).isoformat()
    offer = {"deadline": deadline}
    application = await ok(api.post(f"{path}/offer", json=offer, headers={"if-match": f'"{application["version"]}"'}))
    accepted = await ok(api.post(f"{path}/accept", headers={"if-match": f'"{application["version"]}"'}))
    return str(accepted["placement_id"])


async def walker(api: httpx.AsyncClient, id: str, language: str = "en") -> Walker:
    return Walker(api, await sign_in("matching", id), language)


async def test_a_mentor_goes_from_the_mail_to_feedback_and_a_nomination(api: httpx.AsyncClient) -> None:
    mina = await walker(api, "mina")
    assert "You have no mentees now" in await mina.open("/mentor")
    id = await placed(api)
    page = await mina.open(f"/mentor/people/{id}")
    assert "Ada Lovelace" in page
    assert not mina.has("/feedback"), "there is nothing to say before it starts"
    assert not mina.has("/skills")
    assert "We have recorded that it has started." in await mina.send("/start")
    assert "at the end" in await mina.send("/feedback", 422, moment="end", rating="5", comment="Quick.")
    assert "Quick." in mina.page
    assert "Thank you." in await mina.send("/feedback", moment="middle", rating="4", comment="Quick and careful.")
    assert "Quick and careful." in mina.page
    feedback = (await ok(api.get(f"/placements/{id}")))["feedback"]
    assert [(one["side"], one["moment"], one["rating"]) for one in feedback] == [("host", "middle", 4)]
    assert "Ada Lovelace" in await mina.open("/mentor")

    await mina.open("/mentor/nominations")
    who, programme = "o1/ada", "leaders"
    asked = await mina.send("/nominations", who=who, programme=programme, note="She led the sprint.")
    assert "They have been asked." in asked
    assert "Waiting for their answer" in asked
    nomination = (await ok(api.get("/attendees/ada/nominations")))["items"][0]
    assert (nomination["note"], nomination["mentor_person_id"]) == ("She led the sprint.", "mina")
    assert "She led the sprint." in await mina.open(f"/mentor/nominations/{nomination['id']}")
    await mina.open("/mentor/nominations")
    await mina.send("/nominations", who=who, programme=programme, note="She led the sprint.")
    assert len((await ok(api.get("/attendees/ada/nominations")))["items"]) == 1, "said again, it changes nothing"
    assert "The nomination is withdrawn." in await mina.send("/withdraw")
    assert not mina.has("/withdraw")

    placement = await ok(api.get(f"/placements/{id}"))
    ended = {"reason": "agreed", "last_day": str(TODAY), "side": "host"}
    await ok(api.post(f"/placements/{id}/end", json=ended, headers={"if-match": f'"{placement["version"]}"'}))
    await mina.open(f"/mentor/people/{id}")
    await mina.send("/skills", skills="NumPy\nMaps", remark="Ada drew our maps.")
    assert [one["term"] for one in (await ok(api.get(f"/placements/{id}")))["skills"]] == ["NumPy", "Maps"]
    german = await walker(api, "mina", "de")
    assert "Vorzeitig beendet" in await german.open(f"/mentor/people/{id}")


async def test_only_their_mentor_sees_them_and_only_while_they_are_one(
    api: httpx.AsyncClient, kafka: Kafka, subtests: pytest.Subtests
) -> None:
    id = await placed(api, name=HOSTILE)
    mina, max, zoe, cora, ada = [await walker(api, one) for one in ("mina", "max", "zoe", "cora", "ada")]
    assert HOSTILE not in await mina.open(f"/mentor/people/{id}")
    assert "&lt;script&gt;" in mina.page
    assert "You have no mentees now" in await max.open("/mentor")
    led = await api.get(f"/mentor/people/{id}", headers=cora.headers)
    assert (led.status_code, led.headers["location"]) == (303, f"/desk/o1/placements/{id}")
    for method, path in PAGES[1:6]:
        at = path.format(placement=id)
        with subtests.test(f"{method} {at}"):
            assert (await api.request(method, at, headers=zoe.headers)).status_code == 404
            assert (await api.request(method, at, headers=ada.headers)).status_code == 403
            assert (await api.request(method, at, headers=max.headers)).status_code == 404
    for who, seen in ((mina, [id]), (cora, [id]), (ada, [id]), (max, []), (zoe, [])):
        listed = await api.get("/placements", headers=who.headers)
        assert [one["id"] for one in listed.json()["items"]] == seen
        one = await api.get(f"/placements/{id}", headers=who.headers)
        assert one.status_code == (200 if seen else 404)
        end = {"if-match": '"1"', "content-type": "application/json"} | who.headers
        if not seen:
            assert (await api.post(f"/placements/{id}/end", json={"reason": "agreed"}, headers=end)).status_code == 404
    assert "has changed since you saw it" in await mina.post(f"/mentor/people/{id}/start", {"version": "7"}, 412)
    await mina.send("/leave")
    assert "You are no longer their mentor." in mina.page
    assert (await ok(api.get(f"/placements/{id}")))["mentor_person_ids"] == []

    staff = {"cora": "contact", "max": "mentor"}
    await publish_organization(kafka, "o1", 2, ["c1"], away="mina", mina="mentor", **staff)
    await kafka.no_lag("listings.organizations", "matching.roles")
    other = await placed(api, "ben")
    assert (await ok(api.get(f"/placements/{other}")))["mentor_person_ids"] == [], "nobody new is given to who is away"
    today = await cora.open("/desk/o1")
    assert "1 of your mentors is away" in today
    assert "Without a mentor" in today
    desk = f"/desk/o1/placements/{other}"
    assert f"/desk-people/o1/mentors?placement={other}&amp;version=1" in await cora.open(desk)
    refused = await cora.post(f"{desk}/mentors", {"version": "1", "person_ids": "mina"}, 422)
    assert "is away until 2199-12-31" in refused
    assert "The mentors are saved" in await cora.post(f"{desk}/mentors", {"version": "1", "person_ids": "max"})
    assert (await ok(api.get(f"/placements/{other}")))["mentor_person_ids"] == ["max"]

    await publish_organization(kafka, "o1", 3, ["c1"], mina="mentor", **staff)
    await kafka.no_lag("listings.organizations", "matching.roles")
    await cora.post(f"{desk}/mentors", {"version": "2", "person_ids": "mina"})
    await mina.open(f"/mentor/people/{other}")
    await publish_organization(kafka, "o1", 4, ["c1"], **staff)
    await kafka.no_lag("listings.organizations", "matching.roles")
    resigned = await api.get(f"/mentor/people/{other}", headers=mina.headers)
    assert resigned.status_code in (403, 404)


async def test_nobody_nominates_whom_they_do_not_know(api: httpx.AsyncClient) -> None:
    await placed(api, "ben", "Ben")
    mina = await walker(api, "mina")
    assert "There is nobody you can nominate" in await mina.open("/mentor/nominations")
    for who, status in (("o1/ben", 404), ("o1/nobody", 404), ("o2/ada", 422), ("ada", 422), (HOSTILE, 422)):
        page = await mina.post("/mentor/nominations", {"who": who, "programme": "leaders", "note": "Well"}, status)
        assert HOSTILE not in page
    await mina.post("/mentor/nominations/none/withdraw", {"version": "1"}, 404)
    await mina.post("/mentor/nominations/none/withdraw", {}, 422)


async def test_everybody_can_use_the_pages(api: httpx.AsyncClient, browser: Browser) -> None:
    id = await placed(api)
    mina = await walker(api, "mina")
    await mina.open(f"/mentor/people/{id}")
    await mina.send("/start")
    await mina.open("/mentor/nominations")
    await mina.send("/nominations", who="o1/ada", programme="leaders", note="She led the sprint.")
    for width, scheme, locale in ((360, "light", "en"), (1280, "dark", "de"), (360, "dark", "de"), (1280, "light", "en")):
        page = await new_page(browser, width, scheme, locale)
        await sign_browser_in(page.context, api.base_url, session_of("mina"))
        for name, path in (("mentees", "/mentor"), ("mentee", f"/mentor/people/{id}"), ("nominations", "/mentor/nominations")):
            await page.goto(f"{api.base_url}{path}")
            assert await page.locator("h1").count() == 1
            await assert_everybody_can_use(page, f"mentor-{name}-{scheme}")
        await page.context.close()
