"""Exports of other systems: their columns are recognised or given, and who was not there is skipped."""

from contextlib import suppress
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from registration.charsets import Utf8Converter, known_codec
from registration.uploads.domain.export_formats import COLUMNS, HeaderRefused
from registration.uploads.domain.header import read_header
from shared.contract.events.attendance import CheckedIn, SessionAttended
from support.cost import within
from support.exports import TEN, header_of, load, people

CASES = Path(__file__).parents[5] / "shared" / "cases" / "17-csv-of-other-systems"
ADA = ("ada@uni.example", "Ada L")

EXPORTS = {
    "pretix": "Order code,Attendee name,Product,Price,Checked in,Checked out,Automatically checked in,E-mail,Company\n"
    "ABC12,Ada L,Ticket,10.00,2026-07-08 10:00,,No,ada@uni.example,\n"
    "ABC13,Eve,Ticket,10.00,,,No,eve@uni.example,\n"
    "ABC14,Robot,Ticket,10.00,2026-07-08 10:00,,Yes,robot@uni.example,\n",
    "pretix in German dates": '"Order code";"Attendee name";"Checked in";"Automatically checked in";"Paid";"E-mail"\r\n'
    '"ABC12";"Ada L";"08.07.2026 10:00";"Nein";"Ja";"ada@uni.example"\r\n"ABC13";"Eve";"";"Nein";"Ja";"eve@uni.example"\r\n',
    "Luma": "api_id,name,first_name,last_name,email,created_at,approval_status,checked_in_at\n"
    "g1,Ada L,Ada,L,ada@uni.example,2026-07-01T10:00:00Z,approved,2026-07-08T08:00:00Z\n"
    "g2,Eve,Eve,,eve@uni.example,2026-07-01T10:00:00Z,declined,\n",
    "Luma without a whole name": "guest_id,name,first_name,last_name,email,approval_status,checked_in_at\n"
    "g1,,Ada,L,ada@uni.example,approved,2026-07-08T08:00:00.000Z\n",
    "Eventbrite": "Order #,Order Date,First Name,Last Name,Email,Quantity,Ticket Type,Attendee #,Attendee Status,Check-in Date\n"
    '1,2026-07-01 10:00,Ada,L,ada@uni.example,1,Standard,77,Checked In,"Jul 8, 2026 10:00 AM"\n'
    "2,2026-07-01 10:00,Eve,X,eve@uni.example,1,Standard,78,Attending,\n",
    "Zoom": "Topic,Meeting ID,Start Time\nPyConf,811,07/08/2026 09:00:00 AM\n\n"
    "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest\n"
    "Ada L,ada@uni.example,2026-07-08 10:00:00,2026-07-08 11:00:00,60,Yes\n",
    "Zoom webinar": "Attendee Report\nReport Generated:,07/09/2026 10:00:00 AM\n"
    "Topic,Webinar ID,Actual Start Time,Actual Duration (minutes),# Registered\nPyConf,811,07/08/2026 09:00:00 AM,60,2\n"
    "Host Details\nAttended,User Name (Original Name),Email,Join Time,Leave Time,Time in Session (minutes)\n"
    'Yes,Host,host@uni.example,"Jul 08, 2026 09:00:00","Jul 08, 2026 11:00:00",120\nAttendee Details\n'
    "Attended,User Name (Original Name),First Name,Last Name,Email,Registration Time,Join Time,Leave Time,Is Guest\n"
    'Yes,Ada L,Ada,L,ada@uni.example,"Jul 01, 2026 09:00:00","Jul 08, 2026 10:00:00","Jul 08, 2026 11:00:00",Yes\n'
    'No,Eve,Eve,X,eve@uni.example,"Jul 01, 2026 09:00:00",--,--,--\n',
    "Tito": "Number,Ticket,Ticket Full Name,Ticket First Name,Ticket Last Name,Ticket Email,Ticket Reference,Checked In At\n"
    "1,Full,Ada L,Ada,L,ada@uni.example,ti_1,2026-07-08 10:00:00 +0200\n2,Full,Eve,Eve,,eve@uni.example,ti_2,\n",
}


@pytest.mark.parametrize("content", EXPORTS.values(), ids=EXPORTS.keys())
def test_an_export_is_recognised_and_who_was_not_there_is_skipped(content: str) -> None:
    stated, faults, skipped = load(content)
    assert (people(stated), [one.time for one in stated], faults) == ([ADA], [TEN], [])
    assert all(isinstance(one.data, CheckedIn) for one in stated)
    assert skipped == sum(name in content for name in ("Eve", "Robot"))


@pytest.mark.skipif(not CASES.exists(), reason="the real cases are not part of the project")
@pytest.mark.parametrize("file", ["pretix.csv", "luma.csv"])
def test_a_real_export_is_loaded(file: str) -> None:
    stated, faults, skipped = load((CASES / file).read_bytes())
    assert (people(stated), faults, skipped) == ([ADA], [], 0)


def test_who_came_without_a_time_needs_one_for_all() -> None:
    meetup = (
        "Name\tUser ID\tTitle\tEvent Host\tRSVP\tGuests\tRSVPed on\tURL of Member Profile\n"
        "Ada L\tuser 7\t\tNo\tYes\t0\tJuly 1, 2026 9:00 AM\thttps://m.example/7\n"
        "Eve\tuser 8\t\tNo\tNo\t0\tJuly 1, 2026 9:00 AM\thttps://m.example/8\n"
    )
    eventbrite = (
        "Order #,First Name,Surname,Email,Attendee Status\n1,Ada,L,ada@uni.example,Checked In\n2,Eve,X,e@uni.example,Attending\n"
    )
    for content in (meetup, eventbrite):
        with pytest.raises(HeaderRefused, match=r"export of (Meetup|Eventbrite) .*missing: time.*\?time=2026-") as refused:
            header_of(content)
        assert refused.value.missing == ("time",)
        stated, faults, skipped = load(content, {"time": "2026-07-08T10:00:00+02:00"})
        assert ([one.time for one in stated], faults, skipped) == ([TEN], [], 1)
    assert load(meetup, {"time": "2026-07-08 10:00"})[0][0].data.attendee.account == "user 7"


def test_columns_are_given_by_their_titles() -> None:
    content = "Wann;Wer;Wo;Adresse\n08.07.2026 10:00;Ada L;s1;ada@uni.example\n;Eve;s1;eve@uni.example\n"
    columns = {"time": "Wann", "email": "adresse", "name": "Wer"}
    stated, faults, skipped = load(content, columns | {"kind": "checked_in"})
    assert (people(stated), faults, skipped) == ([ADA], [], 1)
    for session in ("Wo", "s1"):
        stated, _, _ = load(content, columns | {"kind": "session_attended", "session_id": session})
        assert [one.data for one in stated] == [
            SessionAttended(conference_id="c1", attendee=stated[0].data.attendee, session_id="s1")
        ]
    header, _, _ = header_of(content, columns | {"kind": "checked_in"})
    assert (header.columns, header.titles, header.ignored) == (
        ("time", "name", "", "email"),
        ("Wann", "Wer", "", "Adresse"),
        ("Wo",),
    )


def test_what_is_given_goes_before_what_is_recognised() -> None:
    content = "Order code,Attendee name,Checked in,Badge time,E-mail,Private\nA,Ada L,,2026-07-08 10:00,buyer@x.example,ada@uni.example\n"
    stated, _, _ = load(content, {"time": "Badge time", "email": "Private"})
    assert (people(stated), [one.time for one in stated]) == ([ADA], [TEN])


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({}, r"missing: kind, time.*known: kind, time, email.*\?kind=checked_in&time=.*Columns of the file: Name, Email, Seen$"),
        ({"kind": "checked_in"}, "missing: time"),
        ({"kind": "checked_in", "time": "When"}, "there is no column 'When' for time; Columns of the file: Name, Email, Seen$"),
        ({"kind": "gone", "time": "Seen"}, "there is no column 'gone' for kind"),
        ({"kind": "checked_in", "time": "2026-07-08"}, "there is no column '2026-07-08' for time"),
    ],
)
def test_a_header_that_does_not_do_says_how_to_map_it(columns: dict[str, str], said: str) -> None:
    with pytest.raises(HeaderRefused, match=said):
        header_of("Name,Email,Seen\nAda,ada@uni.example,2026-07-08 10:00\n", columns)


def test_a_file_without_a_header_repeats_no_address() -> None:
    with pytest.raises(HeaderRefused) as refused:
        header_of("Ada,ada@uni.example,2026-07-08 10:00\n")
    assert "ada@" not in str(refused.value)


@pytest.mark.parametrize("first", ["sep=;\r\n", '"sep=;"\n', "SEP=;\n", "\ufeffsep=;\r\n"])
def test_a_first_line_may_say_what_separates(first: str) -> None:
    content = (
        first + "kind;time;email;name\nchecked_in;2026-07-08 10:00;ada@uni.example;L, Ada,, M\nchecked_in;2026;e@uni.example;\n"
    )
    stated, faults, _ = load(content)
    assert (people(stated), [fault.line for fault in faults]) == ([("ada@uni.example", "L, Ada,, M")], [4])
    for end in range(1, len(content.encode())):
        found = read_header(content.encode()[:end], False)
        assert found is None or found[0] == header_of(content)[0]


def test_the_header_of_a_report_is_waited_for() -> None:
    content = EXPORTS["Zoom webinar"].encode()
    header, offset, line = header_of(content)
    for end in range(len(content)):
        found = read_header(content[:end], False)
        assert found in (None, (header, offset, line))
    assert header.format == "Zoom"


titles = st.sampled_from(
    [
        *COLUMNS,
        "Checked in",
        "Order code",
        "Join Time",
        "Leave Time",
        "Topic",
        "Webinar ID",
        "Attendee Details",
        "Checked out",
        "First Join",
        "Last Leave",
    ]
) | st.text(max_size=5)
cells = st.text(max_size=9) | st.sampled_from(
    ["checked_in", "2026-07-08 10:00", "07/08/2026 10:00", "ada@uni.example", "Yes", "--", '"', "\r"]
)


@given(
    st.lists(titles, max_size=6),
    st.lists(st.lists(cells, max_size=7), max_size=5),
    st.dictionaries(st.sampled_from(COLUMNS), titles | st.sampled_from(["checked_in", "2026-07-08T10:00:00Z"]), max_size=4),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["", "\ufeff", "sep=;\n", "sep=\n", "Attendee Report\n", "Topic,Webinar ID\n"]),
    st.sampled_from(["utf-8", "utf-16", "windows-1252", "shift_jis", "iso2022_jp"]),
    st.lists(st.integers(0, 200), max_size=6),
)
def test_whatever_file_is_read_or_refused(
    header: list[str], rows: list[list[str]], columns: dict[str, str], delimiter: str, first: str, charset: str, cuts: list[int]
) -> None:
    text = first + "\n".join(delimiter.join(row) for row in [header, *rows])
    body = text.encode(charset, errors="replace")
    parser = Utf8Converter(known_codec(charset) or "utf-8")
    pieces = [body[start:end] for start, end in pairwise([0, *sorted(cuts), len(body) + 200])]
    content = b"".join(parser.feed(piece, last=number == len(pieces) - 1) for number, piece in enumerate(pieces))
    assert content == Utf8Converter(known_codec(charset) or "utf-8").feed(body, last=True)
    try:
        stated, faults, _ = within(0.5, lambda: load(content, columns))
    except (HeaderRefused, AssertionError):  # or there is no row
        stated, faults = [], []
    assert all(fault.field in (*COLUMNS, "row") and len(fault.reason) < 500 for fault in faults)
    assert all(one.time.tzinfo for one in stated)


@given(st.binary(max_size=300), st.sampled_from(["utf-8", "utf-16", "cp1252", "gb18030", "iso2022_jp", "euc_jp"]), st.booleans())
@example(b"\xff\xfe", "utf-8", True)
@example(b"\xff", "utf-8", True)
def test_whatever_bytes_are_a_header_or_refused(body: bytes, charset: str, complete: bool) -> None:
    try:
        read_header(Utf8Converter(charset).feed(body, last=True), complete)
    except HeaderRefused as refused:
        said = str(refused)
    else:
        said = ""
    assert len(said) < 3000


@pytest.mark.parametrize("unit", [b"\n", b",", b'"', b"a,", b'a"', b";\n", b"sep=,", b"\r", b'""', b"Topic,Webinar ID\n"])
def test_a_beginning_of_one_thing_again_and_again_takes_little_time(unit: bytes) -> None:
    for complete in (True, False):
        with suppress(HeaderRefused):
            within(2, partial(read_header, unit * (130_000 // len(unit)), complete))
