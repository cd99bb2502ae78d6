"""What a host's desk shows to whom: only what is their own, and as text, in their language and by its address."""

import re
from typing import Any, Final

import httpx

from support.host_desk import HOSTILE, Applying, Desk, Desks, accepted, opened_round, typed
from support.kafka import Kafka
from support.patience import until
from support.published import publish_listing, publish_organization, publish_profile

PAGES: Final = (
    ("GET", "/desk/o1"),
    ("GET", "/desk/o1/applications"),
    ("GET", "/desk/o1/candidates"),
    ("POST", "/desk/o1/candidates/stars/one/invite"),
    ("GET", "/desk/o1/applications/compare"),
    ("GET", "/desk/o1/applications/answers"),
    ("POST", "/desk/o1/applications/answers"),
    ("POST", "/desk/o1/applications/answers/undo"),
    ("GET", "/desk/o1/applications/{application}"),
    ("POST", "/desk/o1/applications/{application}/screen"),
    ("GET", "/desk/o1/match-days"),
    ("GET", "/desk/o1/match-days/{round}"),
    ("POST", "/desk/o1/match-days/{round}"),
    ("POST", "/desk/o1/match-days/{round}/stars"),
    ("GET", "/desk/o1/placements"),
    ("GET", "/desk/o1/placements/{placement}"),
    ("POST", "/desk/o1/placements/{placement}/start"),
    ("GET", "/desk/o1/skills"),
    ("GET", "/desk/o1/figures"),
)
"""The routes of a desk."""


async def test_navigation_has_only_what_answers(desk_of: Desks) -> None:
    for person, shown in (("cora", 6), ("adam", 8)):
        desk = await desk_of(person)
        page = await desk.open("/desk/o1/placements")
        entries = re.findall(r'<li><a href="([^"]+)"', page[page.index("<nav") : page.index("</nav>")])
        assert len(entries) == shown
        for path in entries:
            if path.startswith("/desk/"):  # the others are pages of another service
                await desk.open(path)


async def test_what_belongs_to_others_does_not_exist(api: httpx.AsyncClient, apply: Applying, desk_of: Desks) -> None:
    application = await apply("ada")
    cora = await desk_of("cora")
    await cora.open(f"/desk/o1/applications/{application['id']}")
    await cora.send("/offer", deadline=typed(days=5))
    ids = {"application": application["id"], "placement": await accepted(api, application), "round": "autumn"}
    await opened_round(api)
    zoe, mina, ada, omar = [await desk_of(id, operator=id == "omar") for id in ("zoe", "mina", "ada", "omar")]
    for method, path in PAGES:
        path = path.format(**ids)

        async def status(who: Desk, path: str = path, method: str = method) -> int:
            return (
                await who.client.request(method, path, headers=who.headers, data={} if method == "POST" else None)
            ).status_code

        assert await status(zoe) == 404, path
        assert await status(ada) == 403, path
        assert await status(mina) == 403, "mentors have pages of their own"
        assert await status(omar) in (200, 303, 409, 422), path
        assert await status(zoe, path.replace("/o1", "/o2")) in (200, 303, 404, 422), path
        assert "Ada" not in (await zoe.client.get(path.replace("/o1", "/o2"), headers=zoe.headers)).text, "nor by her own desk"
        nobody = zoe.headers | {"cookie": ""}
        answer = await api.request(method, path, headers=nobody, data={"version": "1"} if method == "POST" else None)
        assert answer.status_code == (303 if method == "GET" else 401), path
    both = await (await desk_of("both")).open("/desk")
    assert re.findall(r'href="(/desk/o\d)"', both) == ["/desk/o2", "/desk/o3"], "somebody of several organizations chooses"
    await cora.open("/desk/nowhere", 404)
    await cora.open("/desk/o1/applications?listing=other", 404)


async def test_pages_take_nothing_for_html_and_speak_german(apply: Applying, desk_of: Desks) -> None:
    application = await apply("ada", "maps", name=HOSTILE, note=HOSTILE, links=["https://a.example/?a=1&b=2"])
    cora = await desk_of("cora")
    for path in ("", "/applications", "/applications?view=table", f"/applications/{application['id']}", "/figures"):
        page = await cora.open(f"/desk/o1{path}")
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Söhne" in page or path == "/figures"
    await cora.open(f"/desk/o1/applications/answers?id={application['id']}")
    assert "<script>alert" not in cora.page
    cora = await desk_of("cora", language="de")
    assert "Bewerbungen, die auf Antwort warten" in await cora.open("/desk/o1")
    await cora.open(f"/desk/o1/applications/{application['id']}")
    assert "Die Person erfährt, dass Sie die Bewerbung ansehen." in await cora.send("/screen")
    for path in ("applications", "applications?view=table", "applications/answers", "match-days", "placements", "figures"):
        assert '<html lang="de">' in await cora.open(f"/desk/o1/{path}")


async def test_filters_are_in_the_address(apply: Applying, desk_of: Desks) -> None:
    await apply("ada")
    await apply("ben", "maps")
    cora = await desk_of("cora")
    assert "Ben" not in await cora.open("/desk/o1/applications?listing=stars")
    assert "Ben" not in await cora.open("/desk/o1/applications?view=table&listing=stars")
    assert "No such applications" in await cora.open("/desk/o1/applications?view=table&state=offered")
    assert "No such applications" in await cora.open("/desk/o1/applications?view=table&due=soon"), "answers are due in 21 days"
    assert "No such applications" in await cora.open("/desk/o1/applications?view=table&page=2")
    assert {"Ada", "Ben"} <= set(re.findall(r"(Ada|Ben) Applicant", await cora.open("/desk/o1/applications?view=table&due=")))
    await cora.open("/desk/o1/applications?view=table&page=999", 422)


async def test_candidates_are_shown_without_a_name_and_only_if_they_agreed(
    api: httpx.AsyncClient, kafka: Kafka, apply: Applying, desk_of: Desks
) -> None:
    cora = await desk_of("cora")

    async def shown() -> bool:
        return "Candidate 1" in await cora.open("/desk/o1/candidates?listing=stars")

    await until(shown)
    assert "Candidate 2" not in cora.page, "ben and cyd did not agree"
    assert "They named it in their profile." in cora.page
    assert not re.search(r"\bada\b", cora.page, re.IGNORECASE)
    await cora.open("/desk/o1/candidates?listing=other", 404)
    application = await apply("ada")
    assert f"/desk/o1/applications/{application['id']}" in await cora.open("/desk/o1/candidates?listing=stars")
    interests = [{"kind": "skill", "term": "Python", "declared": True, "level": 4, "evidence": []}]
    profile: dict[str, Any] = {"conference_ids": ["c1"], "interests": interests}

    # A mentor whom somebody met is a reason, until they look after nobody new.
    met = [{"person_id": "mina", "conference_id": "c1"}]
    await publish_profile(kafka, "ada", 2, met=met, sharing_consent=True, **profile)
    await publish_listing(kafka, "maps", 2, organization_id="o1", mentor_person_ids=["mina"], capacity=2, skills=["python"])

    async def met_a_mentor() -> bool:
        return "They met one of your mentors." in await cora.open("/desk/o1/candidates?listing=maps")

    async def met_nobody() -> bool:
        return not await met_a_mentor()

    await until(met_a_mentor)
    await publish_organization(kafka, "o1", 2, away="mina", adam="admin", cora="contact", mina="mentor")
    await until(met_nobody)
    assert "They named it in their profile." in cora.page

    await publish_profile(kafka, "ada", 3, sharing_consent=False, **profile)

    async def hidden() -> bool:
        return "No candidates yet" in await cora.open("/desk/o1/candidates?listing=maps")

    await until(hidden)
