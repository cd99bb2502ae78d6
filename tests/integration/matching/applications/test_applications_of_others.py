"""Applications of others do not exist for an attendee or a host, whatever they ask for."""

from collections.abc import Mapping
from typing import Any

import httpx

from support.answers import ok, refused
from support.applications_api import COMMANDS, LETTER, apply, offered, path
from support.copied_keys import copy_key
from support.databases import database_of
from support.kafka import Kafka
from support.keys import bearer
from support.published import publish_organization
from support.sessions import sign_in


async def test_an_application_of_others_does_not_exist(api: httpx.AsyncClient, kafka: Kafka, subtests: Any) -> None:
    await publish_organization(kafka, "o1", 1, adam="admin", cora="contact", mina="mentor")
    await publish_organization(kafka, "o2", 1, zoe="admin contact mentor")
    await kafka.no_lag("listings.organizations", "matching.roles")
    application = await offered(api)
    own = {"origin": str(api.base_url).rstrip("/")}
    people = {
        name: own | await sign_in("matching", *ids, operator=name == "omar")
        for name, ids in {
            "ada": ("ada",),
            "merged": ("other", "ada"),
            "ben": ("ben",),
            "adam": ("adam",),
            "cora": ("cora",),
            "mina": ("mina",),
            "zoe": ("zoe",),
            "both": ("ben", "cora"),
            "omar": ("omar",),
        }.items()
    }
    keys = {
        "key": bearer(await copy_key("matching", ["applications"])),
        "o1": bearer(await copy_key("matching", ["applications"], organization_id="o1")),
        "o2": bearer(await copy_key("matching", ["applications"], organization_id="o2")),
        "other scope": bearer(await copy_key("matching", ["rankings", "operator", "recommendations"])),
        "nobody": {"authorization": ""},
    }
    everybody = people | keys

    async def statuses(
        method: str, where: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> dict[int, set[str]]:
        found: dict[int, set[str]] = {}
        for name, shown in everybody.items():
            answer = await api.request(method, where, json=body, headers=dict(headers or {}) | shown)
            found.setdefault(answer.status_code, set()).add(name)
        return found

    attendees, hosts, all_ = {"ada", "merged"}, {"adam", "cora", "both", "o1"}, {"omar", "key"}
    refused_to = {403: {"other scope"}, 401: {"nobody"}}
    one = f"/applications/{application['id']}"
    with subtests.test("reading"):
        assert await statuses("GET", one) == refused_to | {
            200: attendees | hosts | all_,
            404: {"ben", "mina", "zoe", "o2"},
        }
    for side, command, body in COMMANDS:
        # Of those who may, each is told that this is not the version they saw, so that nothing changes.
        outdated = {"if-match": '"99"'}
        with subtests.test(command):
            found = await statuses("POST", f"{one}/{command}", body, outdated)
            if side == "attendee":
                assert found == {
                    412: attendees | all_,
                    404: {"ben", "adam", "cora", "mina", "zoe", "both"},
                    403: {"o1", "o2", "other scope"},
                    401: {"nobody"},
                }
            else:
                assert found == {
                    412: hosts | all_,
                    404: {"zoe", "o2"},
                    403: {"ada", "merged", "ben", "mina", "other scope"},
                    401: {"nobody"},
                }
    with subtests.test("an attendee's own"):
        for method, where, body in (
            ("GET", path("ada", "l2") + "/preview", None),
            ("GET", "/attendees/ada/applications", None),
        ):
            assert await statuses(method, where, body) == {
                200: attendees | all_,
                404: {"ben", "adam", "cora", "mina", "zoe", "both"},
                403: {"o1", "o2", "other scope"},
                401: {"nobody"},
            }
        async with database_of("matching") as database:
            looked = await database.db["openings"].find({}, {"_id": 1}).to_list(None)
        assert [one["_id"] for one in looked] == ["ada"]
        for name in ("ben", "zoe", "o1", "nobody"):
            assert (await api.put(path("ada", "l2"), json=LETTER, headers=everybody[name])).status_code in (401, 403, 404)
        assert (await api.put(path("ada", "l2"), json=LETTER, headers=everybody["merged"])).status_code == 201
    with subtests.test("a host's"):
        seen = {
            name: {item["listing_id"] for item in (await api.get("/applications", headers=shown)).json().get("items", [])}
            for name, shown in everybody.items()
        }
        assert {name for name, listings in seen.items() if listings} == hosts | all_
        await apply(api, "ben", "l4")
        assert [item["listing_id"] for item in (await ok(api.get("/applications", headers=everybody["zoe"])))["items"]] == ["l4"]
        assert (await ok(api.get("/applications?listing_id=l4", headers=everybody["o1"])))["items"] == []
    with subtests.test("what is nothing looks like what is of others"):
        texts = [
            (await refused(api.get(f"/applications/{id}", headers=people["ben"]), 404)).replace(id, "…")
            for id in (application["id"], "nothing")
        ]
        assert texts[0] == texts[1]
    assert await ok(api.get(one)) == application
    with subtests.test("whoever withdrew shares nothing any more"):
        await ok(api.post(f"{one}/withdraw", headers=people["ada"]))
        for name, shares in (("ada", True), ("omar", True), ("key", True), ("adam", False), ("o1", False), ("both", False)):
            view = await ok(api.get(one, headers=everybody[name]))
            assert (view["name"], view["note"], view["links"]) == (tuple(LETTER.values()) if shares else (None, None, None)), name
            assert (view["profile"] is not None) == shares
        (listed,) = (await ok(api.get("/applications?state=withdrawn", headers=everybody["o1"])))["items"]
        assert listed["name"] is None
