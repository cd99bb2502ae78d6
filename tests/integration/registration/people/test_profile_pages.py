"""``/profile``: people who are signed in correct what is known of them, say what they agree to, take it with them, and erase it."""

import json
import re
from typing import Any

import httpx
import pytest
from aiokafka import ConsumerRecord
from pydantic import SecretStr

from registration.settings import Settings
from shared.persons import person_id
from support.kafka import Kafka
from support.placements import AGREES, place
from support.published import publish_organization
from support.sessions import cookie, older, session_of, sign_in

SESSIONS = [
    {"id": "s1", "title": "Arrays <b>for</b> astronomers", "skills": ["NumPy"]},
    {"id": "s2", "title": "Maps", "skills": ["QGIS"]},
]
ADA, BOB = "ada@example.org", "bob@example.org"


@pytest.fixture
def conferences() -> dict[str, dict[str, Any]]:
    return {"c1": {"name": "PyConf", "starts": "2024-07-08", "ends": "2024-07-14", "sessions": SESSIONS}}


@pytest.fixture
async def ids(api: httpx.AsyncClient, kafka: Kafka) -> dict[str, str]:
    """Two attendees of whom one attended a session, by their addresses."""
    for email in (ADA, BOB):
        person = {"email": email, "skills": ["Git"], "consent": AGREES}
        await kafka.attend("checked_in", {"conference_id": "c1", "attendee": person})
    await kafka.attend("session_attended", {"conference_id": "c1", "session_id": "s1", "attendee": {"email": ADA}})
    await kafka.no_lag("attendance.inbound", "registration")
    key: SecretStr = Settings().person_key
    return {email: person_id(email, key) for email in (ADA, BOB)}


@pytest.fixture
async def ada(ids: dict[str, str]) -> dict[str, str]:
    return await sign_in("registration", ids[ADA]) | {"accept": "text/html"}


async def read(api: httpx.AsyncClient, who: dict[str, str], path: str = "/profile", status: int = 200) -> str:
    answer = await api.get(path, headers=who)
    assert answer.status_code == status, answer.text
    return answer.text


async def send(api: httpx.AsyncClient, who: dict[str, str], path: str, **fields: Any) -> httpx.Response:
    return await api.post(path, data=fields, headers=who)


async def test_somebody_sees_where_each_skill_comes_from_and_corrects_them(
    api: httpx.AsyncClient, kafka: Kafka, ids: dict[str, str], ada: dict[str, str]
) -> None:
    await place(kafka, ids[ADA])
    page = await read(api, ada)
    assert "You named it to a conference" in page
    assert "Arrays &lt;b&gt;for&lt;/b&gt; astronomers" in page
    assert re.search(r"Gained in <bdi>Maps of stars</bdi>\s*\(proficient\)", page)
    assert '<option value="QGIS">' in page  # of another session of the conference
    added = await send(api, ada, "/profile/skills", term="Fortran", level="3")
    assert (added.status_code, added.headers["location"]) == (303, "/profile?done=saved")
    assert (await send(api, ada, "/profile/skills", term="git", level="5")).status_code == 303
    for skill in ("FORTRAN", "FORTRAN", "numpy"):  # the first sent twice, the last from a session
        assert (await send(api, ada, "/profile/skills/remove", term=skill)).status_code == 303
    declared = (await api.get("/me/profile", headers=ada)).json()
    assert (declared["skills"], declared["excluded_skills"]) == ([{"term": "Git", "level": 5}], ["FORTRAN", "numpy"])
    page, _, removed = (await read(api, ada)).partition('id="removed"')
    assert "<bdi>NumPy</bdi>" not in page
    assert 'name="term" value="numpy"' in removed
    assert (await send(api, ada, "/profile/skills/put-back", term="NumPy")).status_code == 303
    assert (await send(api, ada, "/profile/skills", term="Fortran", level="3")).status_code == 303
    assert (await api.get("/me/profile", headers=ada)).json()["excluded_skills"] == []
    page = await read(api, ada)
    assert "<bdi>NumPy</bdi>" in page
    assert 'id="removed"' not in page
    assert "expert" in await read(api, ada, "/profile?done=saved")
    assert "Deine Fähigkeiten" in await read(api, ada | {"accept-language": "de"})


async def test_what_is_wrong_is_said_beside_what_was_typed(api: httpx.AsyncClient, ada: dict[str, str]) -> None:
    answer = await send(api, ada, "/profile/skills", term="Fortran", level="9")
    assert answer.status_code == 422
    assert 'value="Fortran"' in answer.text
    assert 'id="fault-level"' in answer.text
    assert (await send(api, ada, "/profile/consent", purpose="everything", agreed="yes")).status_code == 422
    assert (await api.get("/me/profile", headers=ada)).json()["skills"] == [{"term": "Git", "level": None}]


async def test_somebody_says_when_and_where_they_want_to_work(api: httpx.AsyncClient, ada: dict[str, str]) -> None:
    wishes = {
        "starts": "2027-02-01",
        "ends": "2027-01-01",
        "hours_per_week": "20",
        "place": "any",
        "countries": "Germany, Atlantis",
    }
    refused = await send(api, ada, "/profile/wishes", **wishes)
    assert refused.status_code == 422
    assert 'value="Germany, Atlantis"' in refused.text  # nothing typed is lost
    assert 'id="fault-ends"' in refused.text
    assert "Atlantis is not a country that we know" in refused.text
    wishes |= {"ends": "2027-04-30", "countries": "Germany, austria", "discipline": "ict", "equipment": "laser, laser"}
    saved = await send(api, ada, "/profile/wishes", **wishes)
    assert (saved.status_code, saved.headers["location"]) == (303, "/profile/wishes?done=saved")
    declared = (await api.get("/me/profile", headers=ada)).json()
    assert declared["availability"] == {
        "starts": "2027-02-01",
        "ends": "2027-04-30",
        "hours_per_week": 20,
        "countries": ["DE", "AT"],
        "remote": True,
        "work_permission": None,
    }
    assert (declared["discipline"], declared["equipment"]) == ("ict", ["laser"])
    assert declared["skills"] == [{"term": "Git", "level": None}]  # named elsewhere, and left alone
    page = await read(api, ada | {"accept-language": "de"}, "/profile/wishes")
    assert 'value="Deutschland, Österreich"' in page
    await send(api, ada, "/profile/wishes", place="remote", countries="Germany")
    declared = (await api.get("/me/profile", headers=ada)).json()
    assert (declared["availability"]["countries"], declared["availability"]["remote"]) == ([], True)
    assert re.search('value="remote" checked', await read(api, ada, "/profile/wishes"))
    await send(api, ada, "/profile/wishes")
    declared = (await api.get("/me/profile", headers=ada)).json()
    assert (declared["availability"], declared["discipline"], declared["equipment"]) == (None, None, [])


async def test_somebody_takes_back_a_consent_and_gives_it_again(api: httpx.AsyncClient, ada: dict[str, str]) -> None:
    page = await read(api, ada, "/profile/consent")
    assert page.count("when you registered for a conference") == 3
    assert (await send(api, ada, "/profile/consent", purpose="matching", agreed="no")).status_code == 303
    assert not (await api.get("/me", headers=ada)).json()["consents"]["matching"]["agreed"]
    assert "You withdrew it on" in await read(api, ada, "/profile/consent?done=withdrawn")
    page = await read(api, ada)
    assert "You do not agree to be matched" in page
    assert "NumPy" in page  # their own profile is theirs to see, whatever they agree to
    assert (await send(api, ada, "/profile/consent", purpose="matching", agreed="yes")).status_code == 303
    assert (await api.get("/me", headers=ada)).json()["consents"]["matching"]["agreed"]


async def test_somebody_answers_for_single_hosts(
    api: httpx.AsyncClient, kafka: Kafka, ids: dict[str, str], ada: dict[str, str]
) -> None:
    await publish_organization(kafka, "o1", 1)
    await publish_organization(kafka, "o2", 1)
    await kafka.no_lag("listings.organizations", "registration.hosts")
    assert '<option value="o1">' in await read(api, ada, "/profile/consent")
    for host, agreed in (("o1", "no"), ("o2", "yes"), ("o1", "no")):
        assert (await send(api, ada, "/profile/consent/hosts", host=host, agreed=agreed)).status_code == 303
    page = await read(api, ada, "/profile/consent?done=host")
    assert "Never sees you" in page
    assert '<option value="o1">' not in page
    said = (await api.get("/me", headers=ada)).json()["host_consents"]
    assert [(one["organization_id"], one["agreed"]) for one in said] == [("o1", False), ("o2", True)]
    assert (await send(api, ada, "/profile/consent/hosts", host="o2", agreed="as-all")).status_code == 303
    assert (await send(api, ada, "/profile/consent/hosts", host="o1", agreed="perhaps")).status_code == 422
    profiles = await kafka.events("registration.profiles", until=lambda some: _answers(some, ids[ADA]) == [("o1", False)])
    assert profiles


def _answers(records: list[ConsumerRecord], id: str) -> list[tuple[str, bool]]:
    """What the last profile of this attendee says of single hosts."""
    last = [json.loads(record.value) for record in records if record.key == id.encode() and record.value][-1:]
    return [(one["organization_id"], one["agreed"]) for profile in last for one in profile["host_consents"]]


async def test_somebody_takes_their_data_with_them(api: httpx.AsyncClient, ada: dict[str, str]) -> None:
    assert "/profile/data/export" in await read(api, ada, "/profile/data")
    answer = await api.get("/profile/data/export", headers=ada)
    assert answer.headers["content-disposition"].startswith("attachment")
    assert ADA in answer.text
    assert BOB not in answer.text


async def test_an_erasure_asks_again_and_needs_a_new_session(
    api: httpx.AsyncClient, ids: dict[str, str], ada: dict[str, str]
) -> None:
    old = cookie(older(session_of(ids[ADA]))) | {"accept": "text/html"}
    page = await read(api, old, "/profile/data/erase")
    assert "/sign-in?again=yes&amp;next=/profile/data/erase" in page
    assert 'name="known"' not in page
    assert (await send(api, old, "/profile/data/erase", known="yes")).status_code == 403
    assert (await send(api, ada, "/profile/data/erase")).status_code == 422
    assert (await api.get("/me", headers=ada)).status_code == 200
    answer = await send(api, ada, "/profile/data/erase", known="yes")
    assert (answer.status_code, answer.headers["location"]) == (303, "/profile/erased")
    assert "Your data has been erased" in await read(api, {"authorization": "", "accept": "text/html"}, "/profile/erased")
    assert (await api.get(f"/attendees/{ids[ADA]}")).status_code == 404
    assert (await api.get(f"/attendees/{ids[BOB]}")).status_code == 200


async def test_who_is_no_attendee_is_told_so(api: httpx.AsyncClient, ids: dict[str, str]) -> None:
    host = await sign_in("registration", "f" * 32) | {"accept": "text/html"}
    for path in ("/profile", "/profile/consent", "/profile/portfolio", "/profile/data/export"):
        assert "You have no profile here" in await read(api, host, path, 404)
    stranger = {"authorization": "", "accept": "text/html"}
    answer = await api.get("/profile/consent", headers=stranger)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Fprofile%2Fconsent")
    kept = await send(api, stranger, "/profile/skills", term="Fortran <3")
    assert kept.status_code == 401
    assert 'value="Fortran &lt;3"' in kept.text
