"""Schedules' files: each format gives the same kind of sessions, and none can do harm."""

import gzip
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registration.schedules import icalendar, pentabarf, pretalx
from registration.schedules.fields import MAX_TITLE, Unreadable, fit_id
from registration.schedules.formats import READERS, read
from registration.schedules.schedule import MAX_NOTES, MAX_SESSIONS, Schedule
from registration.session_abstracts import MAX_ABSTRACT
from shared.contract.events.registration import Session

EXAMPLES = Path(__file__).parents[3] / "examples" / "schedules"
REAL = Path(__file__).parents[5] / "shared" / "data" / "schedules"


def example(name: str) -> bytes:
    return (EXAMPLES / name).read_bytes()


def days(schedule: Schedule) -> tuple[date | None, date | None]:
    return schedule.starts, schedule.ends


def event(**fields: object) -> bytes:
    """A list of one session, as pretalx's API gives it."""
    return json.dumps([{"code": "A", "title": "Arrays", **fields}]).encode()


def calendar(*events: str) -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", *(f"BEGIN:VEVENT\r\n{one}\r\nEND:VEVENT" for one in events), "END:VCALENDAR"]).encode()


def test_c3voc_json_gives_sessions_by_code_with_their_track() -> None:
    schedule = pretalx.read(example("pretalx_c3voc.json"))
    assert (schedule.name, *days(schedule)) == ("Demo", date(2026, 5, 1), date(2026, 5, 2))
    page, starts = "https://pretalx.example.org/demo/talk/ABCDEF/", datetime(2026, 5, 1, 8, tzinfo=UTC)
    session = Session(id="ABCDEF", title="Vector search in practice", topics=["ML"], url=page, starts=starts)
    assert schedule.sessions == [session]
    assert schedule.notes == []


def test_pretalx_api_fields_give_the_sessions_that_are_held() -> None:
    schedule = pretalx.read(example("pretalx_api.json"))
    assert (schedule.name, *days(schedule)) == (None, date(2026, 5, 1), date(2026, 5, 2))
    assert schedule.sessions == [
        Session(id="AAAAAA", title="Welcome / Bienvenue", topics=["Community"], starts=datetime(2026, 5, 1, 7, tzinfo=UTC)),
        Session(id="BBBBBB", title="Arrays that fly", topics=["NumPy", "performance"]),
    ]
    assert [(note.place, note.detail) for note in schedule.notes] == [("schedule.2026-05-02.540.12", "is canceled; left out")]


def test_a_list_of_sessions_or_slots_from_the_api_does_as_well() -> None:
    session = {
        "code": "A",
        "title": "Arrays",
        "slots": [{"start": "2026-05-01T09:00:00+02:00", "end": "2026-05-02T09:30:00+02:00"}],
    }
    slots = {
        "slots": [{"submission": session, "start": "2026-05-01T09:00:00Z", "end": "2026-05-02T09:00:00Z"}, {"submission": None}]
    }
    for document in ([session], {"count": 1, "next": None, "results": [session]}, slots):
        schedule = pretalx.read(json.dumps(document).encode())
        assert [(one.id, str(one.starts)[:10]) for one in schedule.sessions] == [("A", "2026-05-01")]
        assert days(schedule) == (date(2026, 5, 1), date(2026, 5, 2))
    with pytest.raises(Unreadable, match="one page of several"):
        pretalx.read(b'{"count": 2, "next": "https://pretalx.example.org/?page=2", "results": []}')


def test_frab_xml_gives_sessions_by_code_else_guid() -> None:
    schedule = pentabarf.read(example("frab.xml"))
    assert (schedule.name, *days(schedule)) == ("Demo & Friends", date(2026, 5, 1), date(2026, 5, 3))
    assert schedule.sessions == [
        Session(id="ABCDEF", title="Vector search in practice", topics=["Machine Learning"]),
        Session(id="6c0f1b5e-7a44-5b7e-8a0c-1f0a4c1d0004", title="Search engines, inside", skills=["Rust", "Lucene"]),
    ]
    assert [(note.place, note.detail) for note in schedule.notes] == [
        ("event 3 (id 7)", "has no title; left out"),
        ("event 4 (id 5)", "session ABCDEF appears again; the first is kept"),
    ]


def test_icalendar_gives_a_session_for_each_event_that_is_not_cancelled() -> None:
    schedule = icalendar.read(example("calendar.ics"))
    assert (schedule.name, *days(schedule)) == ("Demo, the conference", date(2026, 5, 1), date(2026, 5, 3))
    assert schedule.sessions == [
        Session(id=fit_id("talk-1@demo.example.org"), title="Vector search, in practice", topics=["Machine Learning", "Search"]),
        Session(id="talk-2", title="Sprint"),
        Session(id="talk-4", title="At no time"),
    ]
    assert [note.place for note in schedule.notes] == ["line 33", "line 39"]
    assert "DTSTART" in schedule.notes[1].detail


@pytest.mark.skipif(not REAL.exists(), reason="the real schedules are not part of the project")
def test_real_schedules_are_read_whole() -> None:
    fosdem = pentabarf.read(gzip.decompress((REAL / "fosdem_2025.xml.gz").read_bytes()))
    assert (fosdem.name, *days(fosdem)) == ("FOSDEM 2025", date(2025, 2, 1), date(2025, 2, 2))
    assert (len(fosdem.sessions), fosdem.notes) == (1105, [])
    pyconfr = pretalx.read((REAL / "pretalx_pyconfr_2025.json").read_bytes())
    assert days(pyconfr) == (date(2025, 11, 1), date(2025, 11, 2))
    assert (len(pyconfr.sessions), [note.place for note in pyconfr.notes]) == (75, ["sprints"])


def test_an_id_that_cannot_be_one_is_made_fit_and_stays_apart() -> None:
    assert fit_id("ABC-1") == "ABC-1"
    made = [fit_id(text) for text in ("a@b", "a/b", "a-b", "@", "é", "x" * 500, "x" * 501)]
    assert len(set(made)) == len(made)
    for id in made:
        Session(id=id, title="t")
    assert fit_id("a@b") == made[0]


def test_what_is_too_long_or_nameless_is_noted() -> None:
    schedule = pretalx.read(event(title="t" * 400, tags=["x" * 101, "y\u0001", "Y", "y"]))
    (session,) = schedule.sessions
    assert (len(session.title), session.title[-1], session.topics) == (300, "…", ["Y"])
    assert len(schedule.notes) == 3
    assert pretalx.read(event(title="a\u0000b\u0007")).sessions[0].title == "a b"


@pytest.mark.parametrize(
    ("title", "name"), [("a\u0000b", "a b"), ("x" * 400, "x" * MAX_TITLE), ("\u0000", None), ({"en": 7}, "7")]
)
def test_the_conference_s_name_is_one_that_can_be_kept(title: object, name: str | None) -> None:
    assert pretalx.read(json.dumps({"schedule": {"conference": {"title": title, "days": []}}}).encode()).name == name


def test_a_file_has_its_limits() -> None:
    long = icalendar.read(calendar("UID:a\r\nSUMMARY:a", "UID:b\r\nSUMMARY:b\r\nCATEGORIES:" + "x," * 100_000))
    assert ([one.id for one in long.sessions], [note.place for note in long.notes]) == (["a", "b"], ["line 9"])
    sessions = [{"code": f"s{n}", "title": "t"} for n in range(MAX_SESSIONS + 1)]
    assert len(pretalx.read(json.dumps(sessions[:-1]).encode()).sessions) == MAX_SESSIONS
    with pytest.raises(Unreadable, match="5,000 sessions"):
        pretalx.read(json.dumps(sessions).encode())
    nameless = pretalx.read(json.dumps([{}] * 3000).encode())
    assert (len(nameless.notes), nameless.noted) == (MAX_NOTES, 3000)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"schedule": {"conference": nonsense}}', "line 1, column 29: is not JSON"),
        (b'{"schedule": {"conference": {"days": 3}}}', "schedule.conference.days: expected an array here"),
        (b'{"schedule": {"conference": {"days": [], "start": "soon"}}}', "schedule.conference.start: is not a date"),
        (b'{"hello": 1}', "body: expected an object with 'schedule'"),
        (b"[" * 100_000, "is nested too deeply"),
        (b'{"a": "\xff"}', "is not JSON"),
        (b"<schedule>\n<a></b></schedule>", "line 2, column 6: is not XML: mismatched tag"),
        (b"<html/>", "body: expected an XML document with the root element <schedule>"),
        (b"<schedule>" + b"<a>" * 100_000, "is nested deeper than 30 elements"),
        (b"<?xml version='1.0' encoding='klingon'?><schedule/>", "line 1: the file is not in the encoding"),
        (b"<?xml version='1.0' encoding='utf-8'?><schedule>\xff</schedule>", "line 1, column 49: is not XML"),
        (b"BEGIN:VCALENDAR\r\nSUMMARY:\xff", "line 2: is not UTF-8"),
        (b"BEGIN:VCALENDAR\n" * 100, "line 11: is nested deeper than 10 components"),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT", "line 2: the file ends before END:VCALENDAR"),
        (b"BEGIN:VCALENDAR\nEND:VEVENT", "line 2: END:VEVENT ends something that has not begun"),
        (b"BEGIN:VEVENT\nEND:VEVENT", "line 1: expected BEGIN:VCALENDAR"),
        (b"<schedule>" + b"<a/>" * 500_000 + b"</schedule>", "body: has more than 500,000 elements"),
        (b"[" + b"{}," * 20_000 + b"{}]", "20000: more than 20,000 entries cannot be imported"),
        (calendar(*["UID:a"] * 20_001), "line 60002: there are more than 20,000 events"),
        (b"name;date", "body: is not a known schedule format"),
        (b"", "body: is not a known schedule format"),
    ],
)
def test_a_file_that_is_no_schedule_is_refused_with_the_place(body: bytes, said: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(body, "application/octet-stream")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "document",
    [
        '<!DOCTYPE s [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><schedule><conference><title>&b;</title></conference></schedule>',
        '<!DOCTYPE s [<!ENTITY a SYSTEM "file:///etc/passwd">]><schedule><conference><title>&a;</title></conference></schedule>',
    ],
)
def test_entities_are_refused(document: str) -> None:
    with pytest.raises(Unreadable, match="declares entities"):
        pentabarf.read(document.encode())


def test_the_kind_of_file_is_seen_where_its_type_does_not_tell() -> None:
    for name, sessions in (("pretalx_c3voc.json", 1), ("frab.xml", 2), ("calendar.ics", 3)):
        for prefix in (b"", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n" if name != "calendar.ics" else b""):
            if name == "frab.xml" and prefix.endswith(b"\n"):
                continue  # nothing may stand before an XML declaration
            assert len(read(prefix + example(name), "text/plain").sessions) == sessions
    utf_16 = example("frab.xml").decode().replace("UTF-8", "UTF-16").encode("utf-16")
    assert len(read(utf_16, "").sessions) == 2
    with pytest.raises(Unreadable, match="is not XML"):
        read(example("pretalx_c3voc.json"), "text/xml")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5) | st.sampled_from(["2026-05-01", "confirmed"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["schedule", "conference", "days", "rooms", "A", "code", "title", "track", "tags", "slots", "start", "results"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)
ics_lines = st.lists(
    st.sampled_from(
        ["UID:a", "SUMMARY:b", "DTSTART:20260501", "DTEND;VALUE=DATE:00010101", "CATEGORIES:a,b", "STATUS:x", "SUMMARY;X"]
    )
    | st.text(max_size=20)
    | st.tuples(st.sampled_from(["DTSTART", "CATEGORIES", "UID", "SUMMARY", "RRULE", "DTEND;TZID=x"]), st.text(max_size=9)).map(
        ":".join
    ),
    max_size=6,
)


@given(json_values)
def test_whatever_json_is_read_or_refused(value: object) -> None:
    attempt(json.dumps(value).encode(), "application/json")


@given(st.lists(ics_lines, max_size=3))
def test_whatever_calendar_is_read_or_refused(events: list[list[str]]) -> None:
    attempt(calendar(*("\r\n".join(lines) for lines in events)), "text/calendar")


@given(
    st.sampled_from(list(READERS)), st.binary(max_size=60), st.sampled_from([b"", b"<schedule>", b"BEGIN:VCALENDAR\r\n", b"{"])
)
def test_whatever_bytes_are_read_or_refused(media_type: str, body: bytes, beginning: bytes) -> None:
    attempt(beginning + body, media_type)


def attempt(body: bytes, media_type: str) -> None:
    """Reads it, or has it refused: any other exception fails the test, and so does a session that is not valid."""
    try:
        schedule = read(body, media_type)
    except Unreadable:
        return
    for session in schedule.sessions:
        assert Session.model_validate(session.model_dump()) == session


def frab(text: str) -> bytes:
    return f"<schedule><day><room><event id='1'><title>T</title>{text}</event></room></day></schedule>".encode()


@pytest.mark.parametrize(
    ("body", "abstract"),
    [
        (event(abstract="Views, not\r\n\r\n copies.", description="For **all**."), "Views, not copies. For **all**."),
        (event(abstract={"de": "Sichten", "en": "Views"}, description=None), "Views"),
        (event(abstract="The same", description="The same"), "The same"),
        (event(abstract="\u0000Views\u0007 ", description=7), "Views 7"),
        (event(abstract="", description=["no", "text"]), None),
        (
            frab("<abstract>&lt;p&gt;Tom &amp;amp; &lt;b class='x'&gt;Ann&lt;/b&gt;&lt;br/&gt;meet&lt;/p&gt;</abstract>"),
            "Tom & Ann meet",
        ),
        (frab("<abstract>A list&lt;int&gt;, a &lt; b</abstract><description>More</description>"), "A list<int>, a < b More"),
        (frab("<abstract/>"), None),
        (calendar("UID:1\r\nSUMMARY:T\r\nDESCRIPTION:One\\, two\\nand th\r\n ree"), "One, two and three"),
        (calendar("UID:1\r\nSUMMARY:T"), None),
    ],
)
def test_abstract_and_description_are_read_as_plain_text(body: bytes, abstract: str | None) -> None:
    assert [session.abstract for session in read(body, "").sessions] == [abstract]


@pytest.mark.parametrize("text", ["word " * 1000, "x" * 10_000, "<p" * 10_000, "&lt;" * 3000])
def test_a_long_abstract_is_cut(text: str) -> None:
    (session,) = pretalx.read(event(abstract=text)).sessions
    assert session.abstract
    assert MAX_ABSTRACT - 5 <= len(session.abstract) <= MAX_ABSTRACT
    assert session.abstract.endswith("…")
