"""The load: attendance as several careless systems would send it. The same seed gives the same load."""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from e2e.delivery.malformed import MALFORMED

Headers = list[tuple[str, bytes | None]]

SOURCES: Final = ("https://tickets.example/eu", "https://badges.example", "urn:session scanner:ü")
PARTITIONS: Final = 6
CODECS: Final = (None, "gzip", "snappy", "lz4", "zstd")
FOREIGN_HEADERS: Final[Headers] = [
    ("traceparent", None),
    ("b3", b"\xff\xfe\x00"),
    ("__connect.errors", None),
    ("schema-id", bytes(range(128, 256))),
    ("x" * 5000, b"y" * 5000),
]
_START: Final = datetime(2026, 3, 2, 8, tzinfo=UTC)
_FIRST = ("Ada", "Grace", "Mary", "Zoë", "Łukasz", "Nguyễn", "Björk", "Sor Juana", "Ὑπατία", "李")
_SKILLS = ("Python", "Rust", "Statistics", "C++", "Gene editing", "Données ouvertes", "R", "Teaching")


@dataclass(frozen=True, slots=True)
class Person:
    """A person as one event tells of them; ``email`` in its normal form. What is None or empty is not told."""

    email: str
    name: str | None = None
    locale: str | None = None
    skills: tuple[str, ...] = ()
    mail: bool | None = None
    matching: bool | None = None
    """Told with ``mail``, or not at all; where only ``mail`` is told, it means both."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What one valid event states. ``subject`` is the session attended, the (normal) address met, or the id reverted."""

    source: str
    id: str
    kind: str
    at: datetime
    person: Person | None = None
    conference: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Shipment:
    """One record to be sent. ``statement`` is None where it is malformed: ``reason`` then matches its dead letter's reason."""

    kind: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    partition: int | None = None
    codec: str | None = None
    statement: Statement | None = None
    reason: str = ""


@dataclass(frozen=True)
class Load:
    """All that is sent, in the order of sending."""

    conferences: dict[str, dict[str, Any]]
    shipments: list[Shipment]
    repeats: int
    statements: list[Statement] = field(default_factory=list)

    @property
    def malformed(self) -> list[Shipment]:
        return [shipment for shipment in self.shipments if shipment.reason]


def make_load(seed: int, records: int) -> Load:
    """A load of this many records: 5 % exact repeats, 1 % malformed, the rest distinct valid events (3 % reverts)."""
    rng = Random(seed)
    conferences = {f"conf.{number}": _conference(rng, number) for number in range(1, 4)}
    repeats, malformed = records * 5 // 100, max(records // 100, len(MALFORMED))
    statements = _statements(rng, conferences, records - repeats - malformed)
    shipments = [_shipment(rng, statement) for statement in statements]
    # Sent in any order: what is reverted may come after what reverts it, and the newest word of a person before older ones.
    rng.shuffle(shipments)
    for number in range(malformed):
        make = MALFORMED[number % len(MALFORMED)]
        spoilt = make(rng, _shipment(rng, rng.choice(statements)), number)
        shipments.insert(rng.randrange(len(shipments)), spoilt)
    for _ in range(repeats):
        at = rng.randrange(len(shipments))
        while shipments[at].reason:
            at = rng.randrange(len(shipments))
        # The same bytes again, now and then in another partition: two instances may have both in hand at once.
        partition = rng.randrange(PARTITIONS) if rng.random() < 0.3 else shipments[at].partition
        shipments.insert(rng.randint(at, len(shipments)), replace(shipments[at], partition=partition))
    return Load(conferences, shipments, repeats, statements)


def _conference(rng: Random, number: int) -> dict[str, Any]:
    sessions = [
        {
            "id": f"s{index}",
            "title": f"Session {index} of conference {number}",
            "topics": rng.sample(("Open data", "Fairness", "Climate", "Robotics"), rng.randint(0, 2)),
            "skills": rng.sample(("python", "Rust", "statistics", "Gene editing"), rng.randint(0, 2)),
        }
        for index in range(1, 21)
    ]
    return {"name": f"Conference {number}", "starts": "2026-03-02", "ends": "2026-03-06", "sessions": sessions}


def _statements(rng: Random, conferences: dict[str, dict[str, Any]], count: int) -> list[Statement]:
    emails = [f"p{number}.{rng.randrange(100)}@{_domain(rng)}" for number in range(max(count // 8, 10))]
    used: dict[str, int] = dict.fromkeys(SOURCES, 0)
    seconds = iter(rng.sample(range(count * 5), count))  # no two at the same time: "the latest" is always one of them

    def statement(kind: str, source: str, **more: Any) -> Statement:
        used[source] += 1  # counted by each source on its own, so that the same id comes from all of them
        odd = rng.choice(("", "", "", '/"ü$.', " 1'", "\\u0000"))
        return Statement(source, f"evt-{used[source]}{odd}", kind, _START + timedelta(seconds=next(seconds)), **more)

    # Everybody checks in once, and that stands.
    made = [
        statement("checked_in", SOURCES[0], person=_person(rng, email), conference="conf.1") for email in emails[: count // 2]
    ]
    while len(made) < count:
        email, conference, source = rng.choice(emails), rng.choice(list(conferences)), rng.choice(SOURCES)
        reverted = rng.random() < 0.04 and len(made) + 2 <= count
        person = _person(rng, email)
        roll = rng.random()
        if roll < 0.6:
            made.append(
                statement("session_attended", source, person=person, conference=conference, subject=f"s{rng.randint(1, 20)}")
            )
        elif roll < 0.9:
            met = rng.choice([other for other in rng.sample(emails, 2) if other != email])
            made.append(statement("person_met", source, person=person, conference=conference, subject=met))
        else:
            made.append(statement("checked_in", source, person=person, conference=conference))
        if reverted:
            made.append(statement("reverted", source, subject=made[-1].id))
        elif rng.random() < 0.002 and len(made) < count:
            made.append(statement("reverted", source, subject=f"never sent {len(made)}"))
    return made


def _domain(rng: Random) -> str:
    return rng.choice(("example.org", "mail.example.com", "xn--mnchen-3ya.example"))


def _person(rng: Random, email: str) -> Person:
    consents = rng.random() < 0.4
    return Person(
        email,
        name=f"{rng.choice(_FIRST)} {rng.randrange(1000)}" if rng.random() < 0.7 else None,
        locale=rng.choice(("de", "en-GB", "pt-BR")) if rng.random() < 0.3 else None,
        skills=tuple(rng.sample(_SKILLS, rng.randint(1, 3))) if rng.random() < 0.3 else (),
        mail=rng.random() < 0.6 if consents else None,
        matching=rng.choice((True, True, False, None)) if consents else None,
    )


def _spelt(rng: Random, email: str) -> str:
    """An address as people and systems write it: the same address nonetheless."""
    return rng.choice((email, email, email.upper(), f" {email} ", email.replace("xn--mnchen-3ya", "München")))


def _shipment(rng: Random, statement: Statement) -> Shipment:
    data = _data(rng, statement)
    attributes = {
        "specversion": "1.0",
        "id": statement.id,
        "source": statement.source,
        "type": f"attendance.{statement.kind}.v1",
        "time": statement.at.isoformat() if rng.random() < 0.5 else statement.at.isoformat().replace("+00:00", "Z"),
    }
    headers: Headers
    if rng.random() < 0.15:
        unset = dict.fromkeys(("subject", "correlationid", "dataschema"))  # null is unset
        value = json.dumps({**attributes, **unset, "data": data}).encode()
        headers = [("content-type", b"application/cloudevents+json; charset=utf-8")]
    else:
        value = json.dumps(data, ensure_ascii=rng.random() < 0.5).encode()
        headers = [(f"ce_{name}", text.encode()) for name, text in attributes.items()]
        headers.append(("content-type", b"application/json"))
    if rng.random() < 0.1:  # what tracing, connectors and registries add is nobody's business here
        headers += rng.sample(FOREIGN_HEADERS, rng.randint(1, len(FOREIGN_HEADERS)))
    roll = rng.random()
    key = statement.person.email.encode() if statement.person and roll < 0.85 else None if roll < 0.95 else b"door 7"
    return Shipment(statement.kind, key, value, headers, codec=rng.choice(CODECS), statement=statement)


def _data(rng: Random, statement: Statement) -> dict[str, Any]:
    person = statement.person
    if person is None:
        return {"reverts": statement.subject}
    attendee: dict[str, Any] = {"email": _spelt(rng, person.email), "badge colour": "unknown fields are ignored"}
    attendee |= {name: value for name in ("name", "locale", "skills") if (value := getattr(person, name))}
    if person.mail is not None:
        attendee["consent"] = {"mail": person.mail} | ({} if person.matching is None else {"matching": person.matching})
    data: dict[str, Any] = {"conference_id": statement.conference, "attendee": attendee}
    if statement.kind == "session_attended":
        data["session_id"] = statement.subject
    elif statement.kind == "person_met":
        data["met"] = {"email": _spelt(rng, statement.subject), "name": "Somebody"}
    return data
