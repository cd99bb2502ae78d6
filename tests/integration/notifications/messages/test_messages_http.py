"""What operators are told of mails, over HTTP."""

from fastapi import FastAPI

from notifications.mail_kinds import KINDS
from notifications.rules.repository.scheduled_mails import ScheduledMails
from notifications.writing.api.messages import create_router
from shared.web import error_handlers
from shared.web.access.guard import Guard
from support.access import KEYS, OPERATOR
from support.desk import ADA, Desk
from support.serving import serving


async def test_the_mails_to_a_person_are_listed_all_or_of_one_kind(environment: dict[str, str]) -> None:
    async with Desk() as desk:
        app = FastAPI()
        error_handlers.install(app)
        app.include_router(create_router(Guard(KEYS), desk.contacts, ScheduledMails(desk.database.db), desk.messages))
        await desk.attendee()
        tokens = [await desk.write(kind) for kind in ("offer", "round_opened", "offer")]
        await desk.write("offer", "bob")
        async with serving(app) as api:
            api.headers.update(OPERATOR)

            async def listed(**query: str) -> list[str]:
                answer = await api.get("/messages", params={"person_id": ADA} | query)
                return [message["token"] for message in answer.json()]

            assert sorted(await listed()) == sorted(tokens)
            assert await listed(kind="offer") == [tokens[2], tokens[0]]
            assert await listed(kind="offer", limit="1") == [tokens[2]]
            assert await listed(kind="welcome") == []
            refused = await api.get("/messages", params={"person_id": ADA, "kind": "offers"})
            assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
            (fault,) = refused.json()["errors"]
            assert fault["field"] == "query.kind"
            assert all(kind in fault["detail"] for kind in KINDS)
