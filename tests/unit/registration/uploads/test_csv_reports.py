"""Who came and who left, in the exports of ticket systems and the reports of meetings."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from registration.charsets import Utf8Converter
from registration.uploads.domain.csv_reader import CsvReader
from registration.uploads.domain.export_formats import HeaderRefused, RequestedColumns
from registration.uploads.domain.header import Header, check_columns, read_header
from registration.uploads.domain.row_parser import ParsedRow, RowParser
from registration.uploads.domain.upload import Fault, Upload
from registration.uploads.schemas import FileMapping
from shared.contract.events.attendance import CheckedIn, Left, SessionAttended

BERLIN = ZoneInfo("Europe/Berlin")


def header_of(body: bytes, columns: Mapping[str, str], dates: str = "") -> tuple[Header, int, int]:
    found = read_header(body, True, requested=RequestedColumns(columns, dates))
    assert found is not None
    check_columns(found[0])
    return found


def load(content: str | bytes, columns: Mapping[str, str] | None = None, dates: str = "") -> list[ParsedRow | list[Fault] | None]:
    """What each row gives, up to the next table. Times are Berlin's."""
    body = Utf8Converter().feed(content.encode() if isinstance(content, str) else content, last=True)
    header, offset, line = header_of(body, columns or {}, dates)
    parser = RowParser(header, "c1", {"s1"}, BERLIN, SecretStr("a key of the tests"))

    def results() -> Iterator[ParsedRow | list[Fault] | None]:
        for row in CsvReader(header.delimiter, offset, line).feed(body[offset:], True):
            yield parser.read(row)
            if parser.ends_table(row):
                return

    return list(results())


def told(results: list[ParsedRow | list[Fault] | None]) -> list[tuple[str, str, str | None]]:
    """The facts: their kind, their time of day in UTC, and whose they are."""
    facts = [fact for one in results if isinstance(one, ParsedRow) for fact in (one, one.left) if fact]
    return [
        (type(fact.data).__name__, fact.time.strftime("%H:%M"), fact.data.attendee.email or fact.data.attendee.account)
        for fact in facts
    ]


CAME, LEFT = ("CheckedIn", "08:00", "ada@uni.example"), ("Left", "09:30", "ada@uni.example")
TEAMS = (
    "1. Summary\nMeeting title\tPyConf\nAttended participants\t2\nStart time\t7/18/26, 9:55:00 AM\n"
    "Average attendance time\t1h 30m\n\n2. Participants\n"
    "Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole\n"
    "Ada L\t7/18/26, 10:00:00 AM\t7/18/26, 11:30:00 AM\t1h 30m\tada@uni.example\tada@uni.example\tPresenter\n\n"
    "3. In-Meeting Activities\nName\tJoin Time\tLeave Time\tDuration\tEmail\tRole\n"
    "Ada L\t7/18/26, 10:00:00 AM\t7/18/26, 10:20:00 AM\t20m\tada@uni.example\tPresenter\n"
)
WEBEX = (
    "Event Name\tEvent Start Time\tName\tAttendee Email\tJoin Time\tLeave Time\tAttendance Duration\tConnection Type\n"
    'PyConf\t"=""2026-07-18 10:00:00"""\tAda L\tada@uni.example\t"=""2026-07-18 10:00:00"""\t"=""2026-07-18 11:30:00"""\t90 mins\t\n'
)
REPORTS: dict[str, str | bytes] = {
    "pretix": "Order code,Attendee name,Checked in,Checked out,Automatically checked in,E-mail\n"
    "A,Ada L,2026-07-18 10:00,2026-07-18 11:30,No,ada@uni.example\nB,Eve,,,No,eve@uni.example\n",
    "Teams": TEAMS,
    "Teams, as it is sent": TEAMS.replace("\n", "\r\n").encode("utf-16"),
    "Teams by comma": TEAMS.replace("Start time\t7/18/26, 9:55:00 AM", "Start time\t")
    .replace("7/18/26, ", "7/18/26 ")
    .replace("\t", ","),
    "Teams of before": "Meeting Summary\nTotal Number of Participants\t1\n\n"
    "Full Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole\tParticipant ID (UPN)\n"
    "Ada L\t7/18/2026, 10:00:00 AM\t7/18/2026, 11:30:00 AM\t1h\tada@uni.example\tAttendee\tada@uni.example\n",
    "Webex": WEBEX,
    "Webex, as it is sent": WEBEX.encode("utf-16"),
    "Zoom": "Topic,ID,Host name,Duration (minutes),Start time,End time,Participants\nPyConf,81,Host,90,07/18/2026 09:00:00 AM,,2\n\n"
    "Name (original name),Email,Join time,Leave time,Duration (minutes),Guest,In waiting room\n"
    "Ada L,ada@uni.example,07/18/2026 10:00:00 AM,07/18/2026 11:30:00 AM,90,Yes,No\n"
    "Eve,eve@uni.example,07/18/2026 10:00:00 AM,07/18/2026 10:01:00 AM,1,Yes,Yes\n",
}


@pytest.mark.parametrize("content", REPORTS.values(), ids=REPORTS.keys())
def test_a_report_tells_who_came_and_when_they_left(content: str | bytes) -> None:
    results = load(content)
    assert told(results) == [CAME, LEFT]
    assert all(one is None for one in results[1:])


def test_a_log_of_scans_or_a_meeting_tells_each_by_its_kind() -> None:
    scans = "Date,Time,Scan type,Name,Secret\n2026-07-18,10:00:00,Entry,Ada L,k1\n2026-07-18,11:30:00,Exit,Ada L,k1\n"
    requested = {"kind": "Scan type", "time": "Time", "date": "Date", "account": "Secret"}
    assert told(load(scans, requested)) == [("CheckedIn", "08:00", "k1"), ("Left", "09:30", "k1")]
    teams = 'Full Name\tUser Action\tTimestamp\nAda L\tJoined before\t"7/18/2026, 10:00:00 AM"\nAda L\tLeft\t"7/18/2026, 11:30:00 AM"\n'
    requested = {"kind": "User Action", "time": "Timestamp", "account": "Full Name"}
    assert told(load(teams, requested)) == [("CheckedIn", "08:00", "Ada L"), ("Left", "09:30", "Ada L")]


def test_who_only_left_is_stated_to_have_left() -> None:
    content = "Order code,Checked in,Checked out,E-mail\nA,,2026-07-18 11:30,ada@uni.example\n"
    assert told(load(content)) == [LEFT]
    assert told(load("kind,time,email\nleft,2026-07-18 11:30,ada@uni.example\n")) == [LEFT]


def test_a_session_is_left_where_it_was_attended() -> None:
    (one,) = load(WEBEX, {"kind": "session_attended", "session_id": "s1"})
    assert isinstance(one, ParsedRow)
    assert one.left
    assert isinstance(one.data, SessionAttended)
    assert isinstance(one.left.data, Left)
    assert (one.data.session_id, one.left.data.session_id) == ("s1", "s1")


def test_a_wrong_time_of_leaving_refuses_the_row_by_its_column() -> None:
    content = "Order code,Checked in,Checked out,E-mail\nA,2026-07-18 10:00,soon,ada@uni.example\n"
    ((fault,),) = [one for one in load(content) if isinstance(one, list)]
    assert (fault.field, fault.reason[:13]) == ("left", "is not a time")
    unknown = "kind,time,email,session_id\nleft,2026-07-18 11:30,ada@uni.example,s9\n"
    ((fault,),) = [one for one in load(unknown) if isinstance(one, list)]
    assert fault.field == "session_id"


def test_what_happens_twice_in_a_row_has_ids_of_its_own_which_stay() -> None:
    content = str(REPORTS["pretix"])
    (first, _), (again, _) = load(content), load(content)
    assert isinstance(first, ParsedRow)
    assert isinstance(again, ParsedRow)
    assert first.left
    assert again.left
    assert (first.id, first.left.id) == (again.id, again.left.id)
    assert first.id != first.left.id
    (alone, _) = load(content.replace("2026-07-18 11:30", ""))
    assert isinstance(alone, ParsedRow)
    assert alone.id == first.id  # who leaves later has come only once


def test_another_table_of_a_report_is_not_read_and_not_lost_silently() -> None:
    content = (
        "Attendee Report\nTopic,Webinar ID\nPyConf,811\nHost Details\nAttended,User Name (Original Name),Email,Join Time,Leave Time\n"
        "Yes,Host,host@uni.example,07/18/2026 09:00:00,07/18/2026 11:30:00\nAttendee Details\n"
        "Attended,User Name (Original Name),Email,Join Time,Leave Time\n"
        "Yes,Ada L,ada@uni.example,07/18/2026 10:00:00,07/18/2026 11:30:00\nOther Attended\nUser Name,Join Time,Leave Time\n"
        "+491***,07/18/2026 10:00:00,07/18/2026 11:30:00\n"
    )
    results = load(content)
    assert told(results) == [CAME, LEFT]
    assert [[(fault.line, fault.reason[:28]) for fault in one] for one in results if isinstance(one, list)] == [
        [(10, "another table begins here, w")]
    ]


def test_a_given_mapping_finds_its_row_below_a_preamble() -> None:
    content = "Attendance of PyConf\nExported,2026-07-19\n\nWho,Mail,When\nAda L,ada@uni.example,2026-07-18 10:00\n"
    assert told(load(content, {"kind": "checked_in", "email": "mail", "time": "When"})) == [CAME]
    for end in range(1, len(content)):
        found = read_header(
            content.encode()[:end], False, requested=RequestedColumns({"kind": "checked_in", "email": "mail", "time": "When"})
        )
        assert found in (None, header_of(content.encode(), {"kind": "checked_in", "email": "mail", "time": "When"}))


def test_the_answers_of_a_form_need_to_be_told_what_they_are() -> None:
    content = "Timestamp,Email Address,Name\n2026/07/18 10:00:00 AM GMT+2,ada@uni.example,Ada L\n"
    with pytest.raises(HeaderRefused, match="missing: kind"):
        load(content)
    assert told(load(content, {"kind": "checked_in"})) == [CAME]


@pytest.mark.parametrize(("title", "cell"), [('="Seen"', '"=""2026-07-18 10:00"""'), ("Seen", "2026-07-18 10:00")])
def test_a_value_that_is_kept_from_spreadsheets_by_a_formula_is_itself(title: str, cell: str) -> None:
    content = f'kind,email,"{title.replace(chr(34), chr(34) * 2)}"\nchecked_in,ada@uni.example,{cell}\n'
    assert told(load(content, {"time": "Seen"})) == [CAME]


def test_what_is_assumed_of_a_form_is_known_and_a_request_goes_before_it() -> None:
    content = b"Ticket Reference,Ticket Email,Checked In At,Seen\nti_1,ada@uni.example,2026-07-18 09:00,2026-07-18 10:00\n"

    def assumed(columns: dict[str, str]) -> list[str]:
        header, offset, line = header_of(content, columns)
        upload = Upload("u", "c1", header, None, True, "", datetime(2026, 7, 18, tzinfo=UTC), offset, line)
        return FileMapping.of(upload).assumed

    assert assumed({}) == ["time"]
    assert assumed({"time": "Seen"}) == []
    (one,) = load(content, {"time": "Seen"})
    assert isinstance(one, ParsedRow)
    assert isinstance(one.data, CheckedIn)
