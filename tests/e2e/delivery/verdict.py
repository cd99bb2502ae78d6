"""Compares the observed state with the expected one, and counts each kind of fault separately."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import ConsumerRecord
from e2e.delivery.load import Load, Shipment
from e2e.delivery.observed import Observed, Origin
from e2e.delivery.reference import Attendee, Expected, Fact, Interests

from shared.messaging.dead_letters.letters import MAX_KEPT_BYTES

_EXAMPLES = 3


@dataclass
class Verdict:
    """``faults`` is empty if the states agree; the other figures are for the report."""

    events: int = 0
    lost: int = 0
    doubled: int = 0
    malformed: int = 0
    vanished: int = 0
    repeated_publications: int = 0
    repeated_dead_letters: int = 0
    faults: list[str] = field(default_factory=list)

    def fault(self, what: str, examples: Sequence[object]) -> None:
        """Note one kind of fault, with how often it occurred and some examples; nothing where there are none."""
        if examples:
            shown = "; ".join(str(example)[:160] for example in examples[:_EXAMPLES])
            self.faults.append(f"{len(examples)} {what}, as: {shown}")

    def __str__(self) -> str:
        if not self.faults:
            return f"{self.events:,} events applied exactly once, {self.malformed} malformed records dead-lettered"
        return (
            f"lost {self.lost} of {self.events:,} events, counted {self.doubled} more than once, "
            f"{self.vanished} of {self.malformed} malformed records vanished; " + " | ".join(self.faults)
        )


def judge(load: Load, origins: Sequence[Origin], expected: Expected, observed: Observed) -> Verdict:
    """Compare all of it."""
    verdict = Verdict(events=len(load.statements), malformed=len(load.malformed))
    _judge_facts(verdict, expected, observed)
    _judge_attendees(verdict, expected, observed)
    contacts = _judge_publications(verdict, "contacts", observed.contacts, observed)
    profiles = _judge_publications(verdict, "profiles", observed.profiles, observed)
    _judge_contacts(verdict, expected, contacts)
    _judge_profiles(verdict, expected, profiles, load.conferences)
    _judge_dead_letters(verdict, load, origins, observed.dead_letters)
    return verdict


def _judge_facts(verdict: Verdict, expected: Expected, observed: Observed) -> None:
    ids = Counter(document["_id"] for document in observed.facts)
    missing = expected.facts.keys() - ids.keys()
    wrong = []
    for document in observed.facts:
        fact = expected.facts.get(document["_id"])
        document["reverted"] = bool(document["reverted_by"])
        found = Fact(**{name: document[name] for name in Fact.__slots__})
        if fact and found != fact:
            wrong.append(f"{document['_id']}: {found}, not {fact}")
    verdict.lost += len(missing)
    verdict.fault("facts are missing", sorted(missing))
    verdict.fault("facts that nobody stated", sorted(ids.keys() - expected.facts.keys()))
    verdict.fault("facts kept twice", [id for id, times in ids.items() if times > 1])
    verdict.fault("facts are wrong", wrong)


def _judge_attendees(verdict: Verdict, expected: Expected, observed: Observed) -> None:
    found = {document["_id"]: document for document in observed.attendees}
    wrong = []
    for attendee_id, document in found.items():
        attendance = Counter(
            {
                (kind, conference, subject): count
                for kind, conference, subjects, counts in document["attendance"]
                for subject, count in zip(subjects, counts, strict=True)
            }
        )
        said = {name: value for name, (_, _, value) in document["event_details"].items()}
        attendee = Attendee(
            document["email"],
            said.get("name"),
            said.get("locale"),
            tuple(said.get("skills", ())),
            said.get("mail", False),
            said.get("matching", False),
            attendance,
        )
        right = expected.attendees.get(attendee_id)
        if right and attendee != right:
            verdict.doubled += (attendance - right.attendance).total()
            wrong.append(f"{attendee_id}: {attendee}, not {right}")
    verdict.fault("attendees are missing", sorted(expected.attendees.keys() - found.keys()))
    verdict.fault("attendees that nobody spoke of", sorted(found.keys() - expected.attendees.keys()))
    verdict.fault("attendees are wrong", wrong)


def _judge_publications(
    verdict: Verdict, name: str, records: Sequence[ConsumerRecord], observed: Observed
) -> dict[str, dict[str, Any]]:
    """Of each key, versions 1 to n in order, in one partition. Returns the last published state of each.

    The same event may be there again, since a relay may die between publishing and noting it; then also the ones
    after it come again, so that the last record of a key is always its newest state (the topics are compacted).
    """
    bodies: dict[str, bytes] = {}
    versions: dict[str, list[int]] = {}
    partitions: dict[str, set[int]] = {}
    last: dict[str, dict[str, Any]] = {}
    changed = []
    for record in records:
        key, id, body = record.key.decode(), dict(record.headers)["ce_id"].decode(), json.loads(record.value)
        partitions.setdefault(key, set()).add(record.partition)
        last[key] = body
        if id in bodies:
            verdict.repeated_publications += 1
            if bodies[id] != record.value:
                changed.append(id)
            continue
        bodies[id] = record.value
        versions.setdefault(key, []).append(body["version"])
    counted = {document["_id"]: document[f"{name.removesuffix('s')}_version"] for document in observed.attendees}
    gaps = [f"{key}: {some}" for key, some in versions.items() if some != list(range(1, len(some) + 1))]
    verdict.fault(f"{name}: keys with versions missing or out of order", gaps)
    verdict.fault(f"{name}: keys in several partitions", [key for key, some in partitions.items() if len(some) > 1])
    verdict.fault(f"{name}: events published again with another body", changed)
    stale = [
        f"{key}: {body['version']}, not {versions[key][-1]}" for key, body in last.items() if body["version"] != versions[key][-1]
    ]
    verdict.fault(f"{name}: keys whose last record is not their newest", stale)
    unlike = [
        f"{key}: {counted.get(key)}" for key in counted.keys() | versions.keys() if counted.get(key) != len(versions.get(key, ()))
    ]
    verdict.fault(f"{name}: versions in the database that were not published, or the reverse", unlike)
    return last


def _judge_contacts(verdict: Verdict, expected: Expected, contacts: dict[str, dict[str, Any]]) -> None:
    wrong = []
    for id, attendee in expected.attendees.items():
        right = {name: getattr(attendee, name) for name in ("email", "name", "locale", "mail_consent")}
        found = contacts.get(id, {})
        if {name: found.get(name) for name in right} != right:
            wrong.append(f"{id}: {found}, not {right}")
    verdict.fault("contacts are published wrongly", wrong)


def _judge_profiles(
    verdict: Verdict, expected: Expected, profiles: dict[str, dict[str, Any]], conferences: dict[str, dict[str, Any]]
) -> None:
    wrong = []
    for id, attendee in expected.attendees.items():
        # Nothing is told of whoever did not agree to be matched.
        agreed = attendee.matching_consent
        right = (attendee.conferences(), attendee.met(), attendee.interests(conferences)) if agreed else (set(), set(), {})
        body = profiles.get(id, {"conference_ids": [], "met": [], "interests": []})
        met = {(one["person_id"], one["conference_id"]) for one in body["met"]}
        found = (set(body["conference_ids"]), met, _interests(body["interests"]))
        if found != right or len(body["met"]) != len(met) or len(body["interests"]) != len(found[2]):
            wrong.append(f"{id}: {found}, not {right}")
    verdict.fault("profiles are published wrongly", wrong)


def _interests(published: list[dict[str, Any]]) -> Interests:
    return {
        (one["kind"], one["term"].casefold()): (
            one["declared"],
            frozenset((seen["conference_id"], seen["session_id"]) for seen in one["evidence"]),
        )
        for one in published
    }


def _judge_dead_letters(verdict: Verdict, load: Load, origins: Sequence[Origin], letters: Sequence[ConsumerRecord]) -> None:
    malformed = {origin: shipment for origin, shipment in zip(origins, load.shipments, strict=True) if shipment.reason}
    found: set[Origin] = set()
    unexpected, unlike = [], []
    for letter in letters:
        headers = dict(letter.headers)
        origin = (int(headers["dl_partition"]), int(headers["dl_offset"]))
        verdict.repeated_dead_letters += origin in found
        found.add(origin)
        shipment = malformed.get(origin)
        if shipment is None:
            unexpected.append(f"{origin}: {headers['dl_reason'].decode()}")
        elif fault := _unlike(shipment, letter):
            unlike.append(f"{shipment.kind} at {origin}: {fault}")
    missing = Counter(malformed[origin].kind for origin in malformed.keys() - found)
    verdict.vanished = missing.total()
    verdict.fault("malformed records vanished", list(missing.elements()))
    verdict.fault("records are dead letters without need", unexpected)
    verdict.fault("dead letters are not as their records were", unlike)


def _unlike(shipment: Shipment, letter: ConsumerRecord) -> str:
    """In what a dead letter differs from the record that it must keep; "" where in nothing."""
    headers = dict(letter.headers)
    kept = [(name, value) for name, value in letter.headers if not name.startswith("dl_")]
    reason = headers["dl_reason"].decode()
    if headers["dl_topic"].decode() != "attendance.inbound":
        return f"its origin is {headers['dl_topic']!r}"
    if not re.search(shipment.reason, reason):
        return f"the reason is {reason!r}"
    size = len(shipment.value or b"")
    if size > MAX_KEPT_BYTES:  # larger than any event: only its origin, size and the reason are kept
        told = int(headers.get("dl_omitted_bytes") or 0) >= size and not kept
        return "" if told else "what is omitted is not told"
    if kept != shipment.headers or headers.get("dl_key") != shipment.key:
        return f"key or headers are {headers.get('dl_key')!r}, {kept}"
    origin = f"attendance.inbound/{headers['dl_partition'].decode()}/{headers['dl_offset'].decode()}"
    if letter.key != origin.encode():
        return f"it cannot be erased alone: its key is {letter.key!r}, not its origin"
    if (None if "dl_null" in headers else letter.value) != shipment.value:
        return f"the value is {letter.value!r:.100}"
    return ""
