"""Errors over HTTP, by registration on real servers: each says what is wrong, and in which field."""

from collections.abc import AsyncIterator

import httpx
import pytest

from shared.runtime.service import MAX_BODY_BYTES
from support.answers import problem

HEADERS = {
    "ce-specversion": "1.0",
    "ce-id": "1",
    "ce-source": "test",
    "ce-type": "attendance.session_attended.v1",
    "ce-time": "2024-07-08T10:00:00Z",
    "content-type": "application/json",
}


async def chunks(size: int, beginning: bytes = b"") -> AsyncIterator[bytes]:
    """A body that does not say how large it is."""
    yield beginning
    for _ in range(size // 65_536):
        yield b" " * 65_536
    yield b" " * (size % 65_536)


async def test_malformed_json_is_a_fault_of_the_body(api: httpx.AsyncClient) -> None:
    text = b'{"name": "PyConf", "starts": nonsense}'
    answer = await api.put("/conferences/c1", content=text, headers={"content-type": "application/json"})
    faults = problem(answer)["errors"]
    assert (answer.status_code, [fault["field"] for fault in faults]) == (422, ["body"])
    assert faults[0]["detail"] == "is not JSON: Expecting value, at character 29"


async def test_a_body_that_is_missing_is_a_fault_of_the_body(api: httpx.AsyncClient) -> None:
    answer = await api.put("/conferences/c1")
    assert (answer.status_code, [fault["field"] for fault in problem(answer)["errors"]]) == (422, ["body"])


async def test_a_body_over_the_limit_is_too_large_however_it_is_sent(api: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    for method, path, most in [
        ("PUT", "/conferences/c1", 4 * 2**20),
        ("POST", "/attendance", 5 * 2**20),
        ("PUT", "/connections/c1", MAX_BODY_BYTES),
    ]:
        with subtests.test(path):
            for content in (b" " * (most + 1), chunks(most + 1)):
                answer = await api.request(method, path, content=content, headers=HEADERS)
                assert (answer.status_code, answer.reason_phrase) == (413, problem(answer)["title"])
                assert problem(answer)["detail"] == f"the body is larger than {most:,} bytes"
                assert answer.headers["x-correlation-id"]
            assert (await api.get("/statistics")).status_code == 200


async def test_a_chunked_body_up_to_the_limit_is_read(api: httpx.AsyncClient) -> None:
    text = b'{"name": "PyConf", "starts": "2024-07-08", "ends": "2024-07-14"}'
    body = chunks(MAX_BODY_BYTES - len(text), text)
    answer = await api.put("/conferences/c1", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.text) == (201, answer.text)


async def test_a_posted_event_is_refused_by_its_fields(api: httpx.AsyncClient) -> None:
    event = {"conference_id": "c1", "attendee": {"email": "ada at example"}}
    answer = await api.post("/attendance", json=event, headers=HEADERS)
    faults = {fault["field"]: fault["detail"] for fault in problem(answer)["errors"]}
    assert (answer.status_code, set(faults)) == (422, {"attendee.email", "session_id"})
    assert faults["session_id"] == "is missing"
    assert "is not an e-mail address" in faults["attendee.email"]
    broken = await api.post("/attendance", content=b"{", headers=HEADERS)
    assert (broken.status_code, [fault["field"] for fault in problem(broken)["errors"]]) == (422, ["body"])
