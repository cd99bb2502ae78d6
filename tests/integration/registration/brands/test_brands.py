"""How a conference presents itself: by the interface, on the organizers' page, and in what is published."""

from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image
from pydantic import SecretStr

from registration.settings import Settings
from shared.persons import person_id
from support.answers import ok
from support.kafka import Kafka
from support.sessions import sign_in

ADA = "ada@example.org"
CONFERENCE = {"name": "PyConf <1>", "starts": "2024-07-08", "ends": "2024-07-14"}
BRAND = {"colour": "#7a1c14", "sender": "PyConf team", "reply_to": "hello@pyconf.example"}
HTML = {"accept": "text/html"}


def picture(colour: str = "teal") -> bytes:
    written = BytesIO()
    Image.new("RGB", (80, 40), colour).save(written, "PNG")
    return written.getvalue()


@pytest.fixture
def conferences() -> dict[str, dict[str, Any]]:
    return {"c1": CONFERENCE}


@pytest.fixture
def key(environment: dict[str, str]) -> SecretStr:
    return Settings().person_key


@pytest.fixture
async def ada(api: httpx.AsyncClient, key: SecretStr) -> dict[str, str]:
    """The headers of Ada's browser, who organizes c1."""
    await ok(api.put("/conferences/c1/organizers", json={"organizers": [{"email": ADA}]}))
    return await sign_in("registration", person_id(ADA, key)) | HTML


async def published(kafka: Kafka) -> list[Any]:
    """The brands in the events about c1, each change once."""
    brands = [event["brand"] for event in await kafka.events("registration.conferences", 6)]
    return [brand for place, brand in enumerate(brands) if place == 0 or brand != brands[place - 1]]


async def test_a_brand_is_kept_published_and_the_same_again_changes_nothing(api: httpx.AsyncClient, kafka: Kafka) -> None:
    nothing = dict.fromkeys(("colour", "logo", "sender", "reply_to"))
    assert (await ok(api.get("/conferences/c1/brand"))) == nothing
    assert await ok(api.put("/conferences/c1/brand", json=BRAND)) == BRAND | {"logo": None}
    await ok(api.put("/conferences/c1/brand", json=BRAND))
    logo = (await ok(api.put("/conferences/c1/brand/logo", content=picture())))["logo"]
    again = await ok(api.put("/conferences/c1/brand/logo", content=picture()))
    assert again == BRAND | {"logo": logo}
    await ok(api.put("/conferences/c1", json=CONFERENCE | {"name": "PyConf 2"}))
    conference = await ok(api.get("/conferences/c1"))
    assert (conference["version"], conference["name"]) == (4, "PyConf 2"), "announced, brand, logo, name"
    assert (await ok(api.get("/conferences/c1/brand"))) == BRAND | {"logo": logo}, "a new schedule leaves it"
    await ok(api.put("/conferences/c1/brand", json={}))
    assert await ok(api.delete("/conferences/c1/brand/logo")) == nothing
    with_logo = BRAND | {"logo": logo}
    assert await published(kafka) == [None, BRAND | {"logo": None}, with_logo, nothing | {"logo": logo}, None]


async def test_a_logo_is_served_to_anybody_for_good_and_the_one_before_for_a_while(api: httpx.AsyncClient) -> None:
    paths = [(await ok(api.put("/conferences/c1/brand/logo", content=picture(one))))["logo"] for one in ("teal", "navy")]
    for path in paths:
        answer = await api.get(path, headers={"authorization": ""})
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    await ok(api.put("/conferences/c1/brand/logo", content=picture("olive")))
    assert (await api.get(paths[0])).status_code == 404, "two logos are kept"
    assert (await api.get(paths[1])).status_code == 200
    for path in ("/logos/none.png", f"/logos/{'0' * 64}.png", "/logos/%24ne", f"/logos/{'0' * 64}.svg"):
        assert (await api.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("brand", "reason"),
    [
        ({"colour": "#ffcc00"}, "the nearest readable colour is #8a6e00"),
        ({"colour": "red"}, "such as #0b6b63"),
        ({"sender": "bank@example.org"}, "must be a name"),
        ({"sender": "S" * 61}, "at most 60"),
        ({"sender": "Py\nConf"}, "sender"),
        ({"reply_to": "nobody"}, "reply_to"),
        ({"logo": "https://elsewhere.example/x.png"}, "not a known field"),
    ],
)
async def test_what_cannot_be_shown_is_refused(api: httpx.AsyncClient, brand: dict[str, str], reason: str) -> None:
    answer = await api.put("/conferences/c1/brand", json=brand)
    assert answer.status_code == 422
    assert reason in answer.json()["detail"]
    assert (await ok(api.get("/conferences/c1")))["version"] == 1


async def test_a_file_that_is_no_logo_is_refused(api: httpx.AsyncClient) -> None:
    assert (await api.put("/conferences/c1/brand/logo", content=b"<svg/>")).status_code == 422
    assert (await api.put("/conferences/c1/brand/logo", content=b"x" * (1024 * 1024 + 1))).status_code == 413
    assert (await api.put("/conferences/none/brand/logo", content=picture())).status_code == 404
    assert (await api.put("/conferences/none/brand", json=BRAND)).status_code == 404


async def test_an_organizer_sets_the_look_on_a_page_that_has_it(api: httpx.AsyncClient, ada: dict[str, str]) -> None:
    at = "/organize/c1/brand"
    before = await api.get(at, headers=ada)
    assert "Opportunity Desk</span>" in before.text
    form: dict[str, Any] = {"data": BRAND, "files": {"logo": ("l.png", picture(), "image/png")}}
    sent = await api.post(at, headers=ada, **form)
    assert (sent.status_code, sent.headers["location"]) == (303, f"{at}?done=saved")
    for path in (at, "/organize/c1", "/organize/c1/schedule", "/organize/c1/events"):
        page = (await api.get(path, headers=ada)).text
        assert "PyConf &lt;1&gt;</span>" in page, path
        assert "/brand/7a1c14.css" in page
        assert '<img class="logo" src="/logos/' in page
    without = await api.post(
        at, headers=ada, **form | {"data": {"colour": "#0b6b63", "without_logo": "yes"}, "files": {"logo": b""}}
    )
    assert without.status_code == 303
    assert "Opportunity Desk</span>" in (await api.get(at, headers=ada)).text


async def test_a_colour_that_cannot_be_read_is_refused_in_words_and_nothing_typed_is_lost(
    api: httpx.AsyncClient, ada: dict[str, str]
) -> None:
    form: dict[str, Any] = {"data": BRAND | {"colour": "#ffcc00"}, "files": {"logo": ("l.png", picture(), "image/png")}}
    answer = await api.post("/organize/c1/brand", headers=ada, **form)
    assert answer.status_code == 422
    assert "the nearest readable colour is #8a6e00" in answer.text
    assert 'value="PyConf team"' in answer.text
    german = await api.post("/organize/c1/brand", headers=ada | {"accept-language": "de"}, **form)
    assert "die nächste lesbare Farbe ist #8a6e00" in german.text
    no_logo = await api.post("/organize/c1/brand", headers=ada, **form | {"data": BRAND, "files": {"logo": b"GIF89a"}})
    assert no_logo.status_code == 422
    assert "is not a PNG, JPEG or WebP image" in no_logo.text
    assert (await ok(api.get("/conferences/c1/brand")))["colour"] is None, "nothing was kept"


async def test_an_organizers_own_address_for_replies_goes_with_them(
    api: httpx.AsyncClient, ada: dict[str, str], key: SecretStr
) -> None:
    await ok(api.put("/conferences/c1/brand", json=BRAND | {"reply_to": ADA}))
    assert (await api.delete(f"/attendees/{person_id(ADA, key)}")).is_success
    assert await ok(api.get("/conferences/c1/brand")) == BRAND | {"reply_to": None, "logo": None}
