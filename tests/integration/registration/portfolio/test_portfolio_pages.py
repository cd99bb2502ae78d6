"""``/profile/portfolio``: people publish placements one by one, and have them issued as credentials."""

from typing import Any

import httpx
import pytest

from support.kafka import Kafka
from support.placements import CONFERENCE, attendee, place
from support.sessions import cookie, older, session_of, sign_in

ADA, BOB = "ada@example.org", "bob@example.org"
PAGE, CREDENTIAL = "/profile/portfolio", "/profile/portfolio/p1/credential"


@pytest.fixture
def conferences() -> dict[str, dict[str, Any]]:
    return {"c1": CONFERENCE}


@pytest.fixture
def environment(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Credentials are issued."""
    monkeypatch.setenv("ISSUER_URL", "https://desk.example")
    return environment


@pytest.fixture
async def id(api: httpx.AsyncClient, kafka: Kafka) -> str:
    """An attendee with a placement that was completed."""
    ada = await attendee(api, kafka, ADA)
    await place(kafka, ada, title="Maps of <stars>")
    return ada


@pytest.fixture
async def ada(id: str) -> dict[str, str]:
    return await sign_in("registration", id) | {"accept": "text/html"}


async def read(api: httpx.AsyncClient, who: dict[str, str], path: str = PAGE, status: int = 200) -> str:
    answer = await api.get(path, headers=who)
    assert answer.status_code == status, answer.text
    return answer.text


async def send(api: httpx.AsyncClient, who: dict[str, str], path: str, **fields: Any) -> httpx.Response:
    return await api.post(path, data=fields, headers=who)


async def test_a_placement_is_published_and_taken_back(api: httpx.AsyncClient, ada: dict[str, str]) -> None:
    page = await read(api, ada)
    assert "Maps of &lt;stars&gt;" in page
    assert "Private" in page
    answer = await send(api, ada, PAGE, handle="ada-lovelace", name="Ada", indexed="true")
    assert answer.headers["location"] == f"{PAGE}?done=chosen"
    answer = await send(api, ada, f"{PAGE}/p1/publish", version=1, parts=["skills", "remark"])
    assert answer.headers["location"] == f"{PAGE}?done=published"
    seen = (await api.get("/portfolios/ada-lovelace", headers={"authorization": ""})).json()["placements"]
    assert (seen[0]["remark"], seen[0]["hours_per_week"]) == ("A joy to work with.", None)
    assert "Everybody sees it" in await read(api, ada)
    assert (await send(api, ada, f"{PAGE}/p1/withdraw")).status_code == 303
    assert (await api.get("/portfolios/ada-lovelace", headers={"authorization": ""})).status_code == 404


async def test_what_cannot_be_done_is_said_on_the_page(
    api: httpx.AsyncClient, kafka: Kafka, id: str, ada: dict[str, str]
) -> None:
    answer = await send(api, ada, PAGE, handle="Ada Lovelace", name="Ada")
    assert answer.status_code == 422
    assert 'value="Ada Lovelace"' in answer.text
    assert 'id="fault-handle"' in answer.text
    taken = await send(api, ada, PAGE, handle="admin")
    assert taken.status_code == 409
    assert "is taken" in taken.text
    await place(kafka, id, 2)  # it changed since the page was read
    stale = await send(api, ada, f"{PAGE}/p1/publish", version=1, parts=["skills"])
    assert stale.status_code == 409
    assert "<details open>" in stale.text
    assert 'name="version" value="2"' in stale.text
    await place(kafka, id, id="p2", state="confirmed")
    assert "/p2/publish" not in await read(api, ada)
    assert (await send(api, ada, f"{PAGE}/p2/publish", version=1)).status_code == 409
    assert "gets no credential yet" in await read(api, ada, f"{PAGE}/p2/credential", 409)


async def test_a_credential_is_issued_with_a_warning_downloaded_and_revoked(
    api: httpx.AsyncClient, id: str, ada: dict[str, str]
) -> None:
    assert "Copies cannot be recalled" in await read(api, ada, CREDENTIAL)
    old = cookie(older(session_of(id))) | {"accept": "text/html"}
    assert "again=yes" in await read(api, old, CREDENTIAL)
    refused = await send(api, old, CREDENTIAL, name="Ada L.", known="yes")
    assert refused.status_code == 403
    assert 'value="Ada L."' in refused.text
    assert "Sign in in a new tab" in refused.text
    unsure = await send(api, ada, CREDENTIAL, name="Ada")
    assert unsure.status_code == 422
    assert 'value="Ada"' in unsure.text
    answer = await send(api, ada, CREDENTIAL, name="Ada", known="yes")
    assert answer.headers["location"] == f"{CREDENTIAL}?done=issued"
    token = (await api.get(f"{CREDENTIAL}.jwt", headers=ada)).text
    assert token.count(".") == 2
    assert (await send(api, ada, CREDENTIAL, name="Ada", known="yes")).status_code == 303  # sent twice
    assert (await api.get(f"{CREDENTIAL}.jwt", headers=ada)).text == token
    assert (await send(api, ada, f"{CREDENTIAL}/revoke")).status_code == 303
    assert (await api.get(f"{CREDENTIAL}.jwt", headers=ada)).status_code == 404


async def test_what_belongs_to_others_does_not_exist(api: httpx.AsyncClient, kafka: Kafka, id: str, ada: dict[str, str]) -> None:
    bob = cookie(session_of(await attendee(api, kafka, BOB))) | {"accept": "text/html"}
    for path in (CREDENTIAL, f"{CREDENTIAL}.jwt"):
        await read(api, bob, path, 404)
    for path in (f"{PAGE}/p1/publish", f"{PAGE}/p1/withdraw", CREDENTIAL, f"{CREDENTIAL}/revoke"):
        assert (await send(api, bob, path, version=1, name="Bob", known="yes")).status_code == 404
    assert "Maps of" not in await read(api, bob)
