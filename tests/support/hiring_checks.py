"""What must hold in every history of applications and placements: the services say the same as the model."""

from typing import Any

import orjson

from notifications.rules.domain.scheduled_mails import ScheduledMail
from shared.contract.topics import APPLICATIONS, SEATS
from support.hiring import TOPICS, Hiring
from support.hiring_model import MAIL_OF_END, MAIL_TO_HOST, Model


class HiringChecks:
    """Compares the services with the model."""

    world: Hiring
    model: Model
    known_ids: dict[str, tuple[str, str]]
    """The applications at the time when mails are sent, by id."""

    def ids(self) -> dict[tuple[str, str], str]:
        """The id of each application."""
        documents = self.world.clock.contents().get("applications", {})
        return {(one["attendee_id"], one["listing_id"]): id for id, one in documents.items()}

    def published(self, topic: str) -> Any:
        return (one for one in self.world.clock.outgoing if one.topic == topic)

    def compare_applications(self) -> None:
        documents, ids = self.world.clock.contents().get("applications", {}), self.ids()
        assert ids.keys() == self.model.applications.keys()
        assert len(documents) == len(ids), "two applications for one listing"
        last = {one.key: orjson.loads(one.value) for one in self.published(APPLICATIONS.name) if one.value}
        for (person, place), one in self.model.applications.items():
            id = ids[person, place]
            document, event = documents[id], last[id]
            one.version = document["version"]
            assert (document["state"], document["attempt"]) == (one.state, one.attempt), (person, place)
            assert document.get("due") == (one.deadline or one.answer_by), (person, place)
            assert set(document["changed_terms"]) == one.changed, (person, place)
            assert (event["version"], event["state"]) == (document["version"], document["state"]), "not published"

    def compare_seats(self) -> None:
        contents = self.world.clock.contents()
        stored, ids = {document["_id"]: document for document in contents.get("seats", {}).values()}, self.ids()
        last = {one.key: orjson.loads(one.value) for one in self.published(SEATS.name) if one.value}
        for id, known in self.model.listings.items():
            held = {round: one[id] for round, one in self.model.rounds.items() if one.get(id)}
            placements = {key for key, one in self.model.placements.items() if one.where == id and one.state != "ended"}
            offers = {
                ids[key] for key, application in self.model.applications.items() if (key[1], application.state) == (id, "offered")
            }
            one = stored.get(id, {"placements": [], "offers": [], "rounds": []})
            assert (set(one["placements"]), set(one["offers"])) == (placements, offers), id
            assert {round["round_id"]: round["seats"] for round in one["rounds"]} == held, id
            promised = last.get(id, {"placed": 0, "offered": 0, "moved": 0})
            assert (promised["placed"], promised["offered"], promised["moved"]) == (
                len(placements),
                len(offers) + sum(held.values()),
                known.moved,
            ), id
        states = {id: one["state"] for id, one in contents.get("placements", {}).items()}
        assert states == {id: one.state for id, one in self.model.placements.items()}

    def compare_mails(self) -> None:
        """Check that every end was announced by mail, or that the mail is on its way."""
        post, ids = self.world.post, self.ids()
        told = {(mail.about.removeprefix("application/"), mail.kind.name, mail.cause.rpartition("@")[2]) for mail in post.sent}
        waiting = {
            (mail["ids"][0], mail["kind"])
            for mail in post.database.contents().get("scheduled_mails", {}).values()
            if mail["state"] == "open"
        }
        for (person, place), one in self.model.applications.items():
            id = ids[person, place]
            version = str(one.version)
            if one.state != "withdrawn":
                assert any(about == id and kind == "application_sent" for about, kind, _ in told), f"{person} got no receipt"
            if kind := MAIL_OF_END.get(one.state):
                assert (id, kind, version) in told, f"{person} was not told that {place} is {one.state}"
            if one.state == "superseded":
                listed = (person, id) in post.superseded
                assert listed or (person, "applications_superseded") in waiting, f"{person} was not told of {place}"
            if kind := MAIL_TO_HOST.get(one.state):
                assert (id, kind, version) in told, f"the host of {place} was not told that {person}'s is {one.state}"
        for id, placement in self.model.placements.items():
            if placement.state == "confirmed":
                assert any(mail.about == f"placement/{id}" for mail in post.sent), f"{id} was not told"

    def check(self, mail: ScheduledMail) -> None:
        """Check that there is no reminder about something that is answered or over."""
        id, kind, details = mail.about.rpartition("/")[2], mail.kind.name, mail.details
        if kind in ("answer_reminder", "offer_reminder", "terms_changed"):
            assert self.known_ids.get(id) in self.model.applications, f"{mail} is about an application that is gone"
            known = self.model.applications[self.known_ids[id]]
            match kind:
                case "answer_reminder":
                    assert known.answer_by == details.deadline, mail
                case "offer_reminder":
                    assert known.deadline == details.deadline, mail
                case "terms_changed":
                    assert known.changed, mail
        elif kind.startswith("placement_start_check"):
            assert self.model.placements[id].state == "confirmed", mail
        elif kind.startswith("placement_feedback"):
            side = "host" if kind.endswith("host") else "attendee"
            given = {due for moment, who, due in self.model.placements[id].said if (moment, who) == (details.answer, side)}
            assert not any(mail.cause.endswith(f"/{due}") for due in given), mail

    def check_erased(self, who: str) -> None:
        for name, documents in self.world.clock.contents().items():
            assert who not in str(documents), f"{name} has not forgotten {who}"
        last = {(one.topic, one.key): one.value for one in self.world.clock.outgoing if one.topic in TOPICS}
        assert not any(who in f"{key}{value!r}" for (_, key), value in last.items() if value is not None)
        kept = self.world.post.database.contents()
        # The record that there were mails stays, under ids.
        assert who not in str(kept.get("applications")), f"notifications have not forgotten the applications of {who}"
        assert not any(one["attendee_id"] == who for one in kept.get("progress", {}).values())
        for mail in kept.get("scheduled_mails", {}).values():
            assert mail["state"] == "ended" or who not in f"{mail['persons']}{mail.get('details')}", mail
