"""``/my/export``: what matching stores about whoever asks, and nothing of others."""

from typing import Any

import httpx

from support.answers import ok
from support.kafka import Kafka
from support.patience import until
from support.sessions import sign_in
from support.site.matching import fill
from support.stored_data import EXPORTED
from support.two_hosts import until_state


async def test_everything_about_somebody_is_in_their_export(api: httpx.AsyncClient, kafka: Kafka) -> None:
    site = await fill(api, kafka)
    ada, mina = [await sign_in("matching", site.ids[who]) for who in ("ada", "mina")]
    listing = site.values["listing"]

    async def candidates() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await ok(api.get(f"/listings/{listing}/candidates")))["items"]
        return found

    [candidate] = await until(candidates)
    await ok(api.put(f"/listings/{listing}/candidates/{candidate['id']}/invitation"))
    assert (await api.post(f"/my/matches/{listing}/hide", data={"why": "pay"}, headers=ada)).status_code == 303
    typed = {"name": "Ada", "note": "Not sent yet"}
    assert (await api.get(f"/my/matches/{listing}/apply", headers=ada)).status_code == 200
    assert (await api.post(f"/my/matches/{listing}/apply", data=typed, headers=ada)).status_code == 303
    await ok(api.post(f"/rounds/{site.values['round']}/partners/{site.ids['ada']}"))
    await ok(api.post(f"/rounds/{site.values['round']}/lock"))
    await until_state(api, site.values["round"], "matched")

    exported = await ok(api.get("/my/export", headers=ada))
    empty = [field for field in EXPORTED["matching"].values() if not exported[field]]
    assert empty == ["roles"]  # she has none
    sent = [one["letter"] for one in exported["applications"]]
    assert sent[0] == {"name": "Ada Lovelace", "note": "I should like\nto map stars.", "links": ["https://ada.example/work"]}
    assert [one["note"] for one in exported["nominations"]] == ["She led the sprint."]
    assert exported["nominations_by_you"] == []
    assert [one["fields"] for one in exported["unsent_letters"]] == [typed | {"links": ""}]
    assert [one["why"] for one in exported["hidden_listings"]] == ["pay"]
    assert {one["attendee_id"] for one in exported["applications"]} == {site.ids["ada"]}
    assert "Applicant" not in str(exported)
    written = await ok(api.get("/my/export", headers=mina))
    assert [one["note"] for one in written["nominations_by_you"]] == ["She led the sprint."] * 2
    assert [one["role"] for one in written["roles"]] == ["mentor"]
    assert [name for name, found in written.items() if found and name not in ("exported_at", "nominations_by_you", "roles")] == []
