"""A host's desk over HTTP, without JavaScript: what its pages show and do, from the application to feedback."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from matching.applications.repository.pending_commands import PendingCommands
from matching.applications.use_cases.bulk_answers import TIME_TO_UNDO
from matching.seats.repository import SeatsRepository
from shared.database.mongo import Database
from support.answers import ok
from support.databases import database_of
from support.host_desk import TODAY, Applying, Desks, accepted, typed
from support.kafka import Kafka
from support.patience import until


async def time_to_undo_passes(database: Database) -> None:
    """Has all pending commands carried out, as if their time had come."""
    pending = database.db["pending_commands"]
    await pending.update_many({}, {"$set": {"at": datetime.now(UTC) - TIME_TO_UNDO}})

    async def all_carried_out() -> bool:
        return not await pending.count_documents({})

    await until(all_carried_out)


async def test_a_host_goes_from_the_application_to_feedback(api: httpx.AsyncClient, apply: Applying, desk_of: Desks) -> None:
    application = await apply("ada")
    cora = await desk_of("cora")
    assert "Ada Applicant" in await cora.open("/desk")
    assert cora.path == "/desk/o1", "of one organization, its desk"
    assert "Ada Applicant" in await cora.open("/desk/o1/applications")
    page = await cora.open(f"/desk/o1/applications/{application['id']}")
    assert "I should like\nto map stars." in page
    assert '<a href="https://ada.example/work" rel="noopener nofollow">' in page
    assert "looking at it" in await cora.send("/screen")
    assert not cora.has("/screen"), "what was done has no button"
    page = await cora.send("/interview", starts_1=typed(days=1), starts_2=typed(days=2), place="Room 1")
    assert "They have not picked" in page
    assert "The seat is offered" in await cora.send("/offer", deadline=typed(days=5))
    await cora.open(f"/desk/o1/placements/{await accepted(api, application)}")
    assert "Ada Applicant" in cora.page
    assert not cora.has("/feedback"), "there is nothing to say about it before it starts"
    assert "We have recorded it." in await cora.send("/start")
    page = await cora.send("/feedback", moment="middle", rating="5", comment="Quick and careful.", pay="yes")
    assert "Quick and careful." in page
    assert "new last day" in await cora.send("/extend", ends=str(TODAY + timedelta(80)))
    assert "A year abroad" in await cora.send("/end", reason="agreed", last_day=str(TODAY), why="A year abroad")
    assert "NumPy" in await cora.send("/skills", skill_1="NumPy", level_1="4", remark="Ada drew our maps.")
    assert "you employ them" in await cora.send("/hire", role="Engineer", starts=str(TODAY + timedelta(90)))
    assert "Engineer" in cora.page
    figures = await cora.open("/desk/o1/figures")
    assert re.findall(r'<progress max="1" value="(\d)"', figures) == ["1", "1", "1", "1", "1", "1", "0", "1"]
    assert "You answered 1 of 1 applications in time." in figures


async def test_a_refused_command_loses_nothing_of_what_was_typed(api: httpx.AsyncClient, apply: Applying, desk_of: Desks) -> None:
    application = await apply("ada")
    path = f"/desk/o1/applications/{application['id']}"
    cora, adam = await desk_of("cora"), await desk_of("adam")
    await cora.open(path)
    page = await cora.send("/interview", 422, starts_1=typed(days=-1), starts_2=typed(days=2), place="Room 17")
    assert "must be in the future" in page
    assert 'value="Room 17"' in page
    assert 'href="#field-starts_1"' in page
    assert "give a place or a url" in await cora.send("/interview", 422, starts_1=typed(days=1), place="")
    page = await cora.send("/offer", 422, deadline=typed(hours=1), starts="2099-01-01", ends="2099-02-01")
    assert "at least 24 hours ahead" in page
    assert 'value="2099-02-01"' in page
    await adam.open(path)
    await adam.send("/screen")
    page = await cora.send("/interview", 412, starts_1=typed(days=1), place="Room 18")
    assert "This has changed since you saw it" in page
    assert 'value="Room 18"' in page
    assert "told of the interview" in await cora.send("/interview"), "sent again from what is shown, it goes through"
    page = await cora.post(f"{path}/rescind", {"version": "3"}, 409)
    assert "This is not possible at the moment" in page
    await cora.post(f"{path}/screen", {"version": "many"}, 422)
    await cora.post(f"{path}/offer", {}, 422)
    version = (await ok(api.get(f"/applications/{application['id']}")))["version"]
    sent = {"version": str(version), "deadline": typed(days=5), "starts": "", "ends": ""}
    for _ in range(2):
        assert "The seat is offered" in await cora.post(f"/desk/o1/applications/{application['id']}/offer", sent)
    assert cora.page.count("You offered a seat.") == 1, "the second click changes nothing"


async def test_without_a_free_seat_there_is_no_offer(api: httpx.AsyncClient, apply: Applying, desk_of: Desks) -> None:
    cora = await desk_of("cora")
    for attendee in ("ada", "ben"):
        await cora.open(f"/desk/o1/applications/{(await apply(attendee))['id']}")
        await cora.send("/offer", deadline=typed(days=5))
    application = await apply("cyd")
    path = f"/desk/o1/applications/{application['id']}"
    assert "No seat is free." in await cora.open(path)
    assert not cora.has("/offer")
    page = await cora.post(f"{path}/offer", {"version": "1", "deadline": typed(days=5)}, 409)
    assert "No seat is free." in page
    assert "&#39;stars&#39;" not in page, "no ids"
    today = await cora.open("/desk/o1")
    assert "The offer lapses on" in today


async def test_a_no_can_be_undone_before_anybody_is_told(api: httpx.AsyncClient, apply: Applying, desk_of: Desks) -> None:
    ids = [(await apply(attendee))["id"] for attendee in ("ada", "ben", "cyd")]
    cora, zoe = await desk_of("cora"), await desk_of("zoe")
    await cora.open("/desk/o1/applications/answers?" + "&".join(f"id={id}" for id in ids))
    assert cora.page.count('name="answer"') == 3
    page = await cora.send("/answers")
    assert "Until then, nobody is told." in page
    assert page.count("They are told at") == 3

    async def states() -> list[str]:
        return [(await ok(api.get(f"/applications/{id}")))["state"] for id in ids]

    assert await states() == ["submitted"] * 3, "nobody is told yet"
    assert "3 people have not been told of your decision yet." in await cora.open("/desk/o1")
    assert "Applications to answer" not in cora.page
    assert "You said no, not told yet" in await cora.open("/desk/o1/applications")
    assert "You said no, not told yet" in await cora.open("/desk/o1/applications?view=table")
    assert "You said no. They are told at" in await cora.open(f"/desk/o1/applications/{ids[0]}")
    await zoe.post("/desk/o2/applications/answers/undo", {"id": ids})
    async with database_of("matching") as database:
        pending = PendingCommands(database.db)
        assert set(await pending.of(ids)) == set(ids), "others undo nothing"
        await cora.send("/undo")
        assert "Undone" in cora.page
        await cora.open(f"/desk/o1/applications/{ids[1]}")
        await cora.send("/screen")
        await time_to_undo_passes(database)
    assert await states() == ["submitted", "screening", "rejected"], "undone; something else was done since; told"
    await cora.post("/desk/o1/applications/answers/undo", {"id": ids[2:]})
    assert "Some had already been told." in cora.page
    assert "Offer a seat again" in await cora.open(f"/desk/o1/applications/{ids[2]}")


async def test_only_what_was_seen_is_said_no_to(apply: Applying, desk_of: Desks) -> None:
    mine, other = await apply("ada"), await apply("ben", "other")
    cora = await desk_of("cora")
    await cora.open(f"/desk/o1/applications/answers?id={mine['id']}&id={other['id']}")
    assert "Ben" not in cora.page
    page = await cora.post("/desk/o1/applications/answers", {"answer": [f"{mine['id']}:7", f"{other['id']}:1"]}, 409)
    assert "It has changed since you saw it." in page
    assert "Ben" not in page
    assert "They are told at" not in page
    await cora.post("/desk/o1/applications/answers", {"answer": ["nonsense"]}, 422)


async def test_several_are_answered_in_one_step_and_the_others_named_with_the_reason(
    api: httpx.AsyncClient, apply: Applying, desk_of: Desks
) -> None:
    ids = [(await apply(attendee))["id"] for attendee in ("ada", "ben", "cyd")]
    all_of_them = "&".join(f"id={id}" for id in ids)
    cora = await desk_of("cora")
    await cora.open(f"/desk/o1/applications/{ids[0]}")
    await cora.send("/screen")
    page = await cora.open(f"/desk/o1/applications/answers?command=screen&{all_of_them}")
    assert cora.page.count('name="answer"') == 2
    assert "This is possible only for new applications." in page
    page = await cora.send("/answers")
    assert page.count("You began to look at it.") == 2
    assert "about to be told of another decision" in await cora.open(f"/desk/o1/applications/answers?id={ids[1]}")
    await cora.post("/desk/o1/applications/answers/undo", {"id": ids[1:]})

    await cora.open(f"/desk/o1/applications/answers?command=interview&{all_of_them}")
    page = await cora.send("/answers", 422, starts=typed(days=-1), place="Room 17")
    assert "must be in the future" in page
    assert 'value="Room 17"' in page
    page = await cora.send("/answers", starts=typed(days=1), minutes="20")
    assert len(set(re.findall(r"<strong>([^<]+)</strong>", page))) == 3, "one after another"
    await cora.post("/desk/o1/applications/answers/undo", {"id": ids[:1]})

    await cora.post("/desk/o1/applications/answers/undo", {"id": ids[1:]})
    ada, ben, cyd = ids
    offers = {"command": "offer", "deadline": typed(days=3), "answer": [f"{ada}:2", f"{ben}:1", f"{cyd}:1"]}
    page = await cora.post("/desk/o1/applications/answers", offers)
    assert page.count("You offered a seat.") == 2
    assert page.count("No seat is free.") == 1, "of two"
    async with database_of("matching") as database:

        async def held() -> tuple[str, ...]:
            seats = await SeatsRepository(database.db).get("stars")
            return seats.offers if seats else ()

        assert await held() == (ada, ben), "while it can be undone"
        await cora.post("/desk/o1/applications/answers/undo", {"id": ada})
        assert await held() == (ben,)
        await cora.post("/desk/o1/applications/answers", offers | {"answer": f"{ada}:2"})
        await cora.open(f"/desk/o1/applications/{ada}")
        await cora.send("/offer", deadline=typed(days=5))
        await ok(api.post(f"/applications/{ben}/withdraw"))
        await time_to_undo_passes(database)
        assert await held() == (ada,), "by the other offer"
    assert [(await ok(api.get(f"/applications/{id}")))["state"] for id in ids] == ["offered", "withdrawn", "submitted"]


async def test_what_several_were_answered_is_carried_out_for_each_as_for_one(
    api: httpx.AsyncClient, kafka: Kafka, apply: Applying, desk_of: Desks
) -> None:
    ids = [(await apply(attendee))["id"] for attendee in ("ada", "ben")]
    cora = await desk_of("cora")

    async def answered(command: str, **fields: Any) -> list[dict[str, Any]]:
        await cora.open(f"/desk/o1/applications/answers?command={command}&id={ids[0]}&id={ids[1]}")
        await cora.send("/answers", **fields)
        async with database_of("matching") as database:
            await time_to_undo_passes(database)
        return [await ok(api.get(f"/applications/{id}")) for id in ids]

    assert [one["state"] for one in await answered("screen")] == ["screening"] * 2
    invited = await answered("interview", starts=typed(days=1), minutes="20", place="Room 17")
    assert [(one["state"], one["slots"][0]["place"]) for one in invited] == [("interview", "Room 17")] * 2
    assert invited[0]["slots"][0]["ends"] == invited[1]["slots"][0]["starts"], "one after another"
    offered = await answered("offer", deadline=typed(days=3))
    assert [(one["state"], one["offer"] is not None) for one in offered] == [("offered", True)] * 2
    told = [event for event in await kafka.events("matching.applications") if event["state"] == "offered"]
    assert sorted(event["application_id"] for event in told) == sorted(ids)


async def test_applications_are_compared_until_an_applicant_takes_them_back(
    api: httpx.AsyncClient, apply: Applying, desk_of: Desks
) -> None:
    ids = [(await apply(attendee))["id"] for attendee in ("ada", "ben")]
    other = (await apply("cyd", "other"))["id"]
    cora = await desk_of("cora")
    page = await cora.open(f"/desk/o1/applications/compare?id={ids[0]}&id={ids[1]}")
    assert {"Ada", "Ben"} <= set(re.findall(r"(Ada|Ben) Applicant", page))
    assert page.count(">all</span>") == 2, "both have Python"
    assert "Choose two or three" in await cora.open("/desk/o1/applications/compare")
    await cora.open(f"/desk/o1/applications/compare?id={ids[0]}&id={other}", 404)
    application = await apply("ada", "maps")
    for id in (ids[0], application["id"]):
        await ok(api.post(f"/applications/{id}/withdraw"))
    for path in ("", "/applications", "/applications?view=table", f"/applications/{application['id']}"):
        assert "Ada" not in await cora.open(f"/desk/o1{path}")
    assert "Only the applicant can reopen this" in cora.page
    assert not cora.has("/offer")


async def test_contradictions_in_feedback_are_said_at_their_question(
    api: httpx.AsyncClient, apply: Applying, desk_of: Desks
) -> None:
    application = await apply("ada")
    cora = await desk_of("cora")
    await cora.open(f"/desk/o1/applications/{application['id']}")
    await cora.send("/offer", deadline=typed(days=5))
    path = f"/desk/o1/placements/{await accepted(api, application)}"
    await cora.open(path)
    await cora.send("/start")
    page = await cora.send("/feedback", 422, moment="end", rating="4", comment="Kind, and quick")
    assert 'id="fault-course"' in page
    assert "Kind, and quick</textarea>" in page
    assert 'id="fault-pay"' in await cora.send("/feedback", 422, moment="end", rating="4", course="ended_early", pay="yes")
    assert "Thank you for your feedback" in await cora.send("/feedback", moment="end", rating="4", course="extend")
    assert "This is not possible at the moment" in await cora.post(f"{path}/complete", {"version": "3"}, 409)
    assert 'id="fault-ends"' in await cora.send("/extend", 422, ends="2001-01-01")
    adam = await desk_of("adam")
    await adam.open(path)
    assert "Thank you" in await adam.send("/feedback", moment="middle", rating="3")
