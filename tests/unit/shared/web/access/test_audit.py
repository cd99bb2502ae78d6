"""The audit without servers: which requests leave an entry, and what it says."""

from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Request

from shared.logging import correlated
from shared.web import error_handlers
from shared.web.access.audit import Actor, Audit, Entry
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard, public
from shared.web.access.keys import generate, text
from shared.web.access.roles import Grant
from shared.web.access.scopes import Scope
from shared.web.access.sessions import SignInSession
from shared.web.access.signed_in import People
from support.access import KeysInMemory
from support.keys import bearer
from support.sessions import GrantsInMemory, SessionsInMemory, another_key, cookie, past, session_of

ADDRESS = "ada.secret@uni.example"


class Desk:
    """An app with an audit, and whoever may use it."""

    def __init__(self) -> None:
        self.keys = KeysInMemory()
        self.sessions = SessionsInMemory()
        self.entries: list[Entry] = []
        people = People(self.sessions)
        guard = Guard(self.keys, people=people, grants=GrantsInMemory(olga=[Grant("organizer", "c1")]))
        signed_in = people.signed_in()
        self.app = FastAPI()
        error_handlers.install(self.app)
        rounds, tokens = APIRouter(prefix="/rounds"), APIRouter()

        @rounds.api_route("/{id}", methods=["GET", "PUT", "DELETE"])
        async def change(
            id: str, caller: Annotated[Caller, Depends(guard("rounds", "insight", conference=True, people=True))]
        ) -> str:
            if id == "broken":
                raise RuntimeError("a fault of ours")
            return caller.id

        @tokens.post("/leave")
        async def leave(session: Annotated[SignInSession, Depends(signed_in)]) -> None: ...

        @tokens.post("/enter/{token}", dependencies=[Depends(public("the token is the proof"))])
        async def enter(token: str, request: Request) -> None:
            await people.session_by(cookie(session_of("ada"))["cookie"].partition("=")[2], request)

        @tokens.post("/form", dependencies=[Depends(public("anybody may"))])
        async def form() -> None: ...

        self.app.include_router(rounds)
        self.app.include_router(tokens)
        self.app.add_middleware(Audit, record=self._record)

    async def _record(self, entry: Entry) -> None:
        self.entries.append(entry)

    async def ask(self, method: str, path: str, headers: dict[str, str] | None = None, **sent: Any) -> int:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
            return (await client.request(method, path, headers=headers or {}, **sent)).status_code

    def key(self, *scopes: Any, **bounds: Any) -> tuple[str, dict[str, str]]:
        """A new key's id, and the headers of a request with it."""
        shown = self.keys.give(scopes, **bounds)
        return shown[4:16], bearer(shown)


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_a_change_by_a_key_leaves_the_key_the_scope_and_what_was_changed(desk: Desk) -> None:
    id, headers = desk.key("rounds", "listings")
    with correlated("c-7"):
        assert await desk.ask("PUT", "/rounds/r1?why=none", headers, json={"name": "secret"}) == 200
    [entry] = desk.entries
    assert entry.actor == Actor(key_id=id, scopes=frozenset({"rounds"}))
    assert (entry.method, entry.route, entry.ids, entry.status) == ("PUT", "/rounds/{id}", {"id": "r1"}, 200)
    assert entry.correlation_id == "c-7"
    assert "secret" not in repr(entry)
    assert "why" not in repr(entry)


async def test_a_change_by_a_person_leaves_the_person_the_session_and_the_role(desk: Desk) -> None:
    session = session_of("olga")
    assert await desk.ask("DELETE", "/rounds/r1", cookie(session)) == 200
    [entry] = desk.entries
    scopes: frozenset[Scope] = frozenset({"rounds", "insight"})
    assert entry.actor == Actor(person_id="olga", session_id=session.id, scopes=scopes, roles=frozenset({"organizer"}))


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
async def test_what_changes_nothing_leaves_no_entry(desk: Desk, method: str) -> None:
    await desk.ask(method, "/rounds/r1", desk.key("rounds")[1])
    assert desk.entries == []


async def test_a_refused_caller_who_is_known_leaves_an_entry_without_scopes(desk: Desk) -> None:
    session, ended = session_of("nobody"), session_of("olga")
    desk.sessions.ended.add(ended.id)
    wrong, wrong_headers = desk.key("listings")
    revoked, revoked_headers = desk.key("rounds", revoked_at=ended.signed_in_at)
    bound, bound_headers = desk.key("rounds", organization_id="o1")
    refused = {
        Actor(key_id=wrong): (wrong_headers, 403),
        Actor(key_id=revoked): (revoked_headers, 401),
        Actor(key_id=bound): (bound_headers, 403),
        Actor(person_id="nobody", session_id=session.id): (cookie(session), 403),
        Actor(person_id="olga", session_id=ended.id): (cookie(ended), 401),
    }
    for actor, (headers, status) in refused.items():
        desk.entries.clear()
        assert await desk.ask("PUT", "/rounds/r1", headers) == status
        assert [(entry.actor, entry.status) for entry in desk.entries] == [(actor, status)]


async def test_strangers_leave_no_entry(desk: Desk) -> None:
    id, headers = desk.key("rounds")
    strangers = {
        "nobody": {},
        "no key": bearer("null"),
        "an unknown key": bearer(text(*generate())),
        "a known id with another secret": bearer(text(id, generate()[1])),
        "a truncated key": {"authorization": headers["authorization"][:-1]},
        "a session of another key": cookie(session_of("olga"), another_key()),
        "a session that is over": cookie(past(session_of("olga"))),
        "a forged session": {"cookie": cookie(session_of("olga"))["cookie"][:-2] + "xx"},
    }
    for who, sent in strangers.items():
        for path in ("/rounds/r1", "/leave"):
            assert await desk.ask("PUT" if path != "/leave" else "POST", path, sent) == 401, who
    assert await desk.ask("POST", "/form", {}) == 200
    assert desk.entries == []


async def test_whoever_signs_in_or_out_leaves_an_entry_without_the_token(desk: Desk) -> None:
    assert await desk.ask("POST", "/enter/s3cret-t0ken") == 200
    assert await desk.ask("POST", "/leave", cookie(session_of("olga"))) == 200
    entered, left = desk.entries
    assert (entered.actor.person_id, entered.route, entered.ids) == ("ada", "/enter/{token}", {})
    assert (left.actor.person_id, left.route) == ("olga", "/leave")


async def test_a_request_that_fails_leaves_an_entry(desk: Desk) -> None:
    id, headers = desk.key("rounds")
    assert await desk.ask("PUT", "/rounds/broken", headers) == 500
    assert [(entry.actor.key_id, entry.status) for entry in desk.entries] == [(id, 500)]


async def test_no_entry_holds_an_address(desk: Desk) -> None:
    headers = desk.key("rounds")[1]
    with correlated(ADDRESS):
        for id in (ADDRESS, ADDRESS.replace("@", "%40"), f"x{ADDRESS}", "y" * 10_000 + ADDRESS):
            await desk.ask("PUT", f"/rounds/{id}", headers, json={"email": ADDRESS})
    assert len(desk.entries) == 4
    assert "ada.secret" not in repr(desk.entries)
    assert all(len(entry.ids["id"]) <= 200 for entry in desk.entries)


async def test_an_entry_is_kept_before_the_request_is_answered(desk: Desk) -> None:
    seen: list[int] = []

    async def answer(message: Any) -> None:
        seen.append(len(desk.entries))

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    headers = [(b"authorization", desk.key("rounds")[1]["authorization"].encode())]
    scope = {"type": "http", "method": "PUT", "path": "/rounds/r1", "query_string": b"", "headers": headers}
    await desk.app(scope | {"root_path": "", "scheme": "http", "server": ("desk", 80), "http_version": "1.1"}, receive, answer)
    assert seen == [1, 1]
