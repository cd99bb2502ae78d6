"""Generates a hundred and twenty attendees, and what badge scanners record of them, as CloudEvents.

The code is pure and deterministic: the same seed gives the same people and, byte for byte, the same events.
"""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from demo import data
from demo.names import Person, people

Event = dict[str, Any]

SOURCE = "https://scanners.example.org/europython-2024"
SLOTS_A_DAY = 9  # three days of nine slots in five rooms hold the 131 sessions
DISCIPLINES = {"ict": 6, "physical-sciences": 2, "mathematics": 1, "engineering": 1, "biology": 1, "business": 1, "arts": 1}
FIRST_TALK, SLOT = timedelta(hours=7, minutes=30), timedelta(minutes=45)  # 09:30 in Prague, in UTC


@dataclass(frozen=True)
class Attendee:
    """A generated attendee: what they declared at the check-in, and the interests by which they choose sessions."""

    person: Person
    locale: str
    consents: bool
    skills: tuple[str, ...]
    interests: frozenset[str]
    declared: Mapping[str, Any] | None = None  # the profile that they fill in; most do not


@dataclass(frozen=True)
class Expected:
    """What the services must know once all events have arrived."""

    messages: int  # published, including repeats
    facts: int  # distinct check-ins, session scans and meetings, including those taken back
    reverted: int  # facts taken back
    attendees: int  # people who checked in, including mentors
    candidates: int  # those of them who agreed to be matched
    listings: int  # published listings
    consenting: frozenset[str]  # addresses that may get mail


@dataclass(frozen=True)
class Attendance:
    """The attendance of a conference: the events in the order in which they are sent."""

    attendees: tuple[Attendee, ...]
    events: tuple[Event, ...]
    expected: Expected


@dataclass(frozen=True)
class _Scan:
    """A scan at a point in time. `reverts` is the scan that it takes back."""

    at: datetime
    kind: str
    who: str
    data: dict[str, Any]
    reverts: "_Scan | None" = None


def attendance(seed: int = 2024, size: int = 120) -> Attendance:
    """Return the attendance of `size` generated attendees and of every mentor."""
    rng = random.Random(seed)
    mentors = _mentors()
    crowd = _attendees(rng, size, taken={mentor.email for mentor in mentors})
    attendees = tuple(_declare(random.Random(f"{seed} profiles"), crowd))
    scans = [_check_in(rng, mentor, {"consent": {"mail": False}}) for mentor in mentors]
    for attendee in attendees:
        sharing = random.Random(f"{seed} sharing {attendee.person.email}").random() < 0.6
        consent = {"matching": True, "mail": attendee.consents, "sharing": sharing}
        declared: dict[str, Any] = {"locale": attendee.locale, "consent": consent}
        if attendee.skills:
            declared["skills"] = list(attendee.skills)
        scans.append(_check_in(rng, attendee.person, declared))
        scans += _sessions(rng, attendee)
        scans += _meetings(rng, attendee, attendees)
    scans += _mistakes(rng, scans)
    scans.sort(key=lambda scan: (scan.at, scan.who))
    events = [_event(number, scan, seed) for number, scan in enumerate(scans, start=1)]
    event_ids = {id(scan): event["id"] for scan, event in zip(scans, events, strict=True)}
    reverts = [(event, scan.reverts) for scan, event in zip(scans, events, strict=True) if scan.reverts]
    for event, taken_back in reverts:
        event["data"] = {"reverts": event_ids[id(taken_back)]}
    sent = tuple(_redelivered(rng, events))
    return Attendance(
        attendees,
        sent,
        Expected(
            messages=len(sent),
            facts=len(events) - len(reverts),
            reverted=len(reverts),
            attendees=len(attendees) + len(mentors),
            candidates=len(attendees),
            listings=len(data.internships()["listings"]),
            consenting=frozenset(attendee.person.email for attendee in attendees if attendee.consents),
        ),
    )


def _mentors() -> list[Person]:
    """Return all mentors, each once, although some help several organizations."""
    organizations = data.internships()["organizations"]
    named = {mentor["email"]: mentor["name"] for organization in organizations for mentor in organization["mentors"]}
    return [Person(name, email) for email, name in sorted(named.items())]


def _attendees(rng: random.Random, size: int, taken: set[str]) -> Iterator[Attendee]:
    sessions = data.conference()["sessions"]
    skills = Counter(skill for session in sessions for skill in session["skills"])
    topics = Counter(topic for session in sessions for topic in session["topics"])
    crowd = (person for person in people(rng) if person.email not in taken)
    for person in islice(crowd, size):
        known = _pick(rng, skills, rng.randint(2, 4))
        curious = _pick(rng, topics, rng.randint(2, 4))
        yield Attendee(
            person,
            locale="de" if rng.random() < 0.2 else "en",
            consents=rng.random() < 0.85,
            skills=known if rng.random() < 0.8 else (),
            interests=frozenset(known + curious),
        )


def _declare(rng: random.Random, attendees: Iterable[Attendee]) -> Iterator[Attendee]:
    """Yield the attendees, one in five with a profile: skills with levels, research interests, a discipline, availability."""
    questions = Counter(
        term for each in data.internships()["listings"] if each["research"] for term in each["research"]["interests"]
    )
    for attendee in attendees:
        if rng.random() >= 0.2:
            yield attendee
            continue
        declared = {
            "skills": [{"term": skill, "level": rng.randint(1, 5)} for skill in attendee.skills],
            "research_interests": list(_pick(rng, questions, rng.randint(0, 2))),
            "discipline": rng.choices(list(DISCIPLINES), list(DISCIPLINES.values()))[0],
            "availability": {"remote": True, "hours_per_week": rng.choice([10, 20, 35, 40])},
        }
        yield replace(attendee, declared=declared)


def _pick(rng: random.Random, terms: Counter[str], count: int) -> tuple[str, ...]:
    """Return up to `count` distinct terms. Frequent terms are more likely, but less so than at the conference."""
    names = sorted(terms)
    drawn = rng.choices(names, weights=[terms[name] ** 0.5 for name in names], k=count)
    return tuple(dict.fromkeys(drawn))


def _check_in(rng: random.Random, person: Person, declared: dict[str, Any]) -> _Scan:
    at = _day(0) + FIRST_TALK - timedelta(seconds=rng.randint(120, 5400))
    return _Scan(at, "checked_in", person.email, {"attendee": {"email": person.email, "name": person.name} | declared})


def _sessions(rng: random.Random, attendee: Attendee) -> Iterator[_Scan]:
    """Yield 4 to 12 scans at the doors of sessions, at most one per slot, mostly for sessions of interest."""
    sessions = data.conference()["sessions"]
    for slot in sorted(rng.sample(range(SLOTS_A_DAY * 3), rng.randint(4, 12))):
        rooms = sessions[slot :: SLOTS_A_DAY * 3]
        weights = [1 + 8 * len(attendee.interests.intersection(room["skills"] + room["topics"])) for room in rooms]
        [session] = rng.choices(rooms, weights)
        yield _session_scan(rng, attendee.person, session["id"], slot)


def _session_scan(rng: random.Random, person: Person, session_id: str, slot: int) -> _Scan:
    day, slot_of_day = divmod(slot, SLOTS_A_DAY)
    at = _day(day) + FIRST_TALK + slot_of_day * SLOT + timedelta(seconds=rng.randint(-60, 600))
    return _Scan(at, "session_attended", person.email, {"attendee": {"email": person.email}, "session_id": session_id})


def _meetings(rng: random.Random, attendee: Attendee, attendees: Sequence[Attendee]) -> Iterator[_Scan]:
    """Yield up to five meetings, about half of them with mentors of interesting projects."""
    listings = data.internships()["listings"]
    mentors = {mentor["id"]: mentor for org in data.internships()["organizations"] for mentor in org["mentors"]}
    weights = [1 + 8 * len(attendee.interests.intersection(each["skills"] + each["topics"])) for each in listings]
    met: dict[str, str] = {}
    for _ in range(rng.randint(0, 5)):
        if rng.random() < 0.5:
            [listing] = rng.choices(listings, weights)
            mentor = mentors[rng.choice(listing["mentor_ids"])] if listing["mentor_ids"] else None
            if mentor:
                met[mentor["email"]] = mentor["name"]
        else:
            other = rng.choice(attendees).person
            met[other.email] = other.name
    met.pop(attendee.person.email, None)
    for email, name in met.items():
        at = _day(rng.randrange(3)) + timedelta(hours=9, seconds=rng.randint(0, 6 * 3600))
        about = {"attendee": {"email": attendee.person.email}, "met": {"email": email, "name": name}}
        yield _Scan(at, "person_met", attendee.person.email, about)


def _mistakes(rng: random.Random, scans: Sequence[_Scan]) -> Iterator[_Scan]:
    """Yield mistakes at doors and check-in desks: a wrong second scan that is soon taken back."""
    check_ins = [scan for scan in scans if scan.kind == "checked_in"]
    at_doors = [scan for scan in scans if scan.kind == "session_attended"]
    session_ids = [session["id"] for session in data.conference()["sessions"]]
    wrong = [_Scan(scan.at + timedelta(seconds=20), scan.kind, scan.who, scan.data) for scan in rng.sample(check_ins, 6)]
    for scan in rng.sample(at_doors, 18):
        elsewhere = scan.data | {"session_id": rng.choice(session_ids)}
        wrong.append(_Scan(scan.at - timedelta(seconds=30), scan.kind, scan.who, elsewhere))
    for scan in wrong:
        yield scan
        yield _Scan(scan.at + timedelta(seconds=rng.randint(40, 300)), "reverted", scan.who, {}, reverts=scan)


def _event(number: int, scan: _Scan, seed: int) -> Event:
    """Return a scan as a CloudEvent. Its `partitionkey`, the Kafka key, keeps a person's events in order."""
    about = {} if scan.kind == "reverted" else {"conference_id": data.conference()["id"]}
    return {
        "specversion": "1.0",
        "id": f"scan-{seed}-{number:05}",
        "source": SOURCE,
        "type": f"attendance.{scan.kind}.v1",
        "time": scan.at.isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "partitionkey": scan.who,
        "data": about | scan.data,
    }


def _redelivered(rng: random.Random, events: Iterable[Event]) -> Iterator[Event]:
    """Yield the events, one in a hundred of them twice: again some events later."""
    late: list[tuple[int, Event]] = []
    for number, event in enumerate(events):
        yield event
        if rng.random() < 0.01:
            late.append((number + rng.randint(0, 40), event))
        due = [repeat for when, repeat in late if when <= number]
        late = [(when, repeat) for when, repeat in late if when > number]
        yield from due
    yield from (repeat for _, repeat in late)


def _day(number: int) -> datetime:
    return datetime.fromisoformat(data.conference()["starts"]).replace(tzinfo=UTC) + timedelta(days=number)
