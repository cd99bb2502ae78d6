"""Attendance in CSV: which rows there are, on which lines, and what each states or lacks."""

import csv
import io
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from registration.uploads.domain.csv_reader import MAX_ROW_BYTES, CsvReader, Row
from registration.uploads.domain.export_formats import COLUMNS, HeaderRefused
from registration.uploads.domain.header import Header, check_columns, read_header
from registration.uploads.domain.row_parser import ParsedRow, RowParser
from registration.uploads.domain.upload import Fault
from shared.contract.events.attendance import CheckedIn, Consent, Person, PersonMet, SessionAttended

KEY = SecretStr("a key of the tests")


def rows_of(text: bytes, delimiter: str = ",", sizes: list[int] | None = None) -> list[Row]:
    """The rows of a text that is fed in pieces of these sizes, then the rest."""
    rows = CsvReader(delimiter, 0, 1)
    found: list[Row] = []
    for size in sizes or []:
        found += rows.feed(text[:size], False)
        text = text[size:]
    return [*found, *rows.feed(text, True)]


def read(
    *cells: str, columns: tuple[str, ...] = ("kind", "time", "email"), zone: str = "", key: SecretStr = KEY
) -> ParsedRow | list[Fault]:
    """What one row says, of a conference with the sessions s1 and s2."""
    parser = RowParser(Header(",", columns), "c1", {"s1", "s2"}, ZoneInfo(zone) if zone else None, key)
    found = parser.read(Row(7, list(cells), "", 0, 8))
    assert found is not None
    return found


def stated(*cells: str, columns: tuple[str, ...] = ("kind", "time", "email"), zone: str = "", key: SecretStr = KEY) -> ParsedRow:
    found = read(*cells, columns=columns, zone=zone, key=key)
    assert isinstance(found, ParsedRow), found
    return found


def refused(*cells: str, columns: tuple[str, ...] = ("kind", "time", "email"), zone: str = "") -> list[tuple[str, str]]:
    found = read(*cells, columns=columns, zone=zone)
    assert isinstance(found, list), found
    assert {fault.line for fault in found} == {7}
    return [(fault.field, fault.reason) for fault in found]


NOON = "2024-07-08T12:00:00+02:00"


# The rows


def test_a_row_has_the_number_of_its_first_line_also_behind_quoted_line_breaks() -> None:
    text = b'a,b\r\n"x\r\ny\r\nz",1\n\n"say ""hi""",2\rlast,3'
    assert [(row.line, row.values) for row in rows_of(text)] == [
        (1, ["a", "b"]),
        (2, ["x\r\ny\r\nz", "1"]),
        (6, ['say "hi"', "2"]),
        (7, ["last", "3"]),
    ]


def test_rows_go_on_from_where_each_ended() -> None:
    text = b'a,b\n"x\ny",1\n\nc,2\n'
    rows = rows_of(text)
    for row, following in pairwise(rows):
        again = list(CsvReader(",", row.end, row.next_line).feed(text[row.end :], True))
        assert again[0] == following
    assert rows[-1].end == len(text)


@given(
    st.lists(st.lists(st.text(st.sampled_from('ab",;\n\r é'), max_size=6), min_size=1, max_size=3), max_size=6),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.lists(st.integers(1, 9), max_size=12),
)
def test_what_a_csv_writer_wrote_is_read_with_the_same_lines_in_pieces_of_any_size(
    table: list[list[str]], delimiter: str, end: str, sizes: list[int]
) -> None:
    text, line, expected = io.StringIO(newline=""), 1, []
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    for values in table:
        begin = text.tell()
        writer.writerow(values)
        if any(values):
            expected.append((line, values))
        text.seek(begin)
        line += len(text.read().encode().splitlines())
    content = text.getvalue().encode()
    assert [(row.line, row.values) for row in rows_of(content, delimiter, sizes)] == expected


@given(
    st.binary(max_size=80) | st.text(st.sampled_from('"",\n\r;a\0é'), max_size=60).map(str.encode),
    st.lists(st.integers(1, 9), max_size=9),
)
def test_whatever_bytes_give_the_same_rows_in_pieces_of_any_size_and_never_an_exception(text: bytes, sizes: list[int]) -> None:
    whole = rows_of(text)
    assert rows_of(text, sizes=sizes) == whole
    assert all(row.end <= len(text) for row in whole)
    for row in whole:
        lines = text[: row.end].splitlines(keepends=True)
        assert row.line <= row.next_line <= len(lines) + 1


@given(st.binary(max_size=80), st.booleans())
def test_whatever_bytes_are_a_header_or_refused(text: bytes, complete: bool) -> None:
    try:
        found = read_header(text, complete, COLUMNS)
    except HeaderRefused:
        return
    assert found is None or len(found[0].columns) >= 1


def test_a_quotation_mark_that_is_not_closed_costs_one_row_not_the_file() -> None:
    long = b'"' + b"x,y\n" * (MAX_ROW_BYTES // 4)
    rows = rows_of(b"a,b\n" + long + b"c,d\n", sizes=[100, 40_000])
    assert [(row.line, bool(row.fault)) for row in rows] == [(1, False), (2, True), (MAX_ROW_BYTES // 4 + 2, False)]
    assert "is a quotation mark not closed" in rows[1].fault
    assert [(row.line, row.fault) for row in rows_of(b'a,b\nc,"d')][1:] == [
        (2, "a quotation mark is not closed; add the closing one")
    ]
    assert "double each quotation mark" in rows_of(b'a,"b"c\nd,e\n')[0].fault
    assert rows_of(b'a,"b"c\nd,e\n')[1].values == ["d", "e"]


def test_a_line_without_end_is_refused_in_pieces_in_constant_memory() -> None:
    endless = b"x" * (5 * MAX_ROW_BYTES) + b"\na,b\n"
    for sizes in ([], [10_000] * 30, [1, MAX_ROW_BYTES + 1, MAX_ROW_BYTES]):
        rows = rows_of(endless, sizes=sizes)
        assert [row.line for row in rows if row.fault] == [1] * 4
        assert rows[-1].values == ["a", "b"]
        assert rows[-1].line == 2


def test_a_row_that_is_not_utf_8_is_refused_alone() -> None:
    rows = rows_of(b"caf\xc3\xa9,1\ncaf\xe9,2\nok,3\n")
    assert [(row.values, row.fault[:17]) for row in rows] == [(["café", "1"], ""), ([], "is not UTF-8 text"), (["ok", "3"], "")]
    assert "?charset=" in rows[1].fault


# The header


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("start", ["", "\ufeff", "\r\n\n"])
def test_the_header_tells_the_delimiter_and_the_columns(delimiter: str, start: str) -> None:
    text = start + delimiter.join(["Kind", " TIME ", '"E-mail address, if any"', "email", "Session ID"]) + "\r\nrest"
    found = read_header(text.encode(), False, COLUMNS)
    assert found is not None
    header, offset, line = found
    titles = ("Kind", "TIME", "", "email", "Session ID")
    assert header == Header(delimiter, ("kind", "time", "", "email", "session_id"), ("E-mail address, if any",), titles)
    assert (text.encode()[offset:], line) == (b"rest", 2 + start.count("\n"))


def test_a_header_may_need_more_of_the_file() -> None:
    assert read_header(b"kind,ti", False, COLUMNS) is None
    assert read_header(b'kind,"ti\nme', False, COLUMNS) is None
    assert read_header(b"", True, COLUMNS) is None
    columns = ("kind", "time", "email")
    assert read_header(b"kind,time,email", True, COLUMNS) == (Header(",", columns, titles=columns), 15, 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"kind,time,email,Email\n", "two columns are named email"),
        (b'kind,"time\n', "which must name the columns, a quotation mark is not closed"),
        (b"," * 300 + b"kind\n", "301 columns; at most 200"),
        (b"kind,\xff\n", "is not UTF-8 text"),
    ],
)
def test_a_header_that_is_none_is_refused(text: bytes, said: str) -> None:
    with pytest.raises(HeaderRefused, match=said):
        read_header(text, True, COLUMNS)


@pytest.mark.parametrize(
    ("columns", "missing"),
    [
        (("kind", "time", "email"), ()),
        (("kind", "time", "account"), ()),
        (("kind", "email"), ("time",)),
        (("time", "name"), ("kind", "email")),
        (("", ""), ("kind", "time", "email")),
    ],
)
def test_columns_without_which_nothing_can_be_stated_must_be_there(columns: tuple[str, ...], missing: tuple[str, ...]) -> None:
    if not missing:
        check_columns(Header(",", columns))
        return
    with pytest.raises(HeaderRefused) as refusal:
        check_columns(Header(",", columns))
    assert refusal.value.missing == missing


# What a row states


def test_each_kind_of_row_states_its_fact() -> None:
    ada = Person(email="ada@example.org")
    assert stated("checked_in", NOON, "Ada@Example.org").data == CheckedIn(conference_id="c1", attendee=ada)
    columns = ("kind", "time", "email", "session_id", "met_email", "met_account")
    heard = stated("session_attended", NOON, "ada@example.org", "s2", "", "", columns=columns)
    assert heard.data == SessionAttended(conference_id="c1", attendee=ada, session_id="s2")
    met = stated("person_met", NOON, "ada@example.org", "", "", "badge 7", columns=columns)
    assert met.data == PersonMet(conference_id="c1", attendee=ada, met=Person(account="badge 7"))
    assert heard.time == datetime(2024, 7, 8, 10, tzinfo=UTC)


def test_a_row_tells_of_the_person_what_its_cells_hold() -> None:
    columns = ("time", "kind", "account", "name", "locale", "time_zone", "skills", "matching", "mail", "sharing", "")
    cells = ("t-1", "Ada", "de", "Europe/Berlin", "Rust| Python ||", "YES", "0", "", "whatever")
    said = stated(NOON, "checked_in", *cells, columns=columns)
    consent = Consent(matching=True, mail=False)
    assert said.data.attendee == Person(
        account="t-1", name="Ada", locale="de", time_zone="Europe/Berlin", skills=["Rust", "Python"], consent=consent
    )
    silent = stated(NOON, "checked_in", "t-1", columns=columns)  # spreadsheets leave out empty cells at the end
    assert silent.data.attendee == Person(account="t-1")


def test_a_local_time_needs_its_zone() -> None:
    assert stated("checked_in", "2024-07-08 12:00", "a@example.org", zone="Europe/Berlin").time == datetime(
        2024, 7, 8, 10, tzinfo=UTC
    )
    assert stated("checked_in", NOON, "a@example.org", zone="America/New_York").time == datetime(2024, 7, 8, 10, tzinfo=UTC)
    assert [field for field, _ in refused("checked_in", "2024-07-08T12:00:00", "a@example.org")] == ["time"]


@pytest.mark.parametrize(
    "time",
    [
        "",
        "soon",
        "2024-07-08",
        "1999-12-31T23:59:59Z",
        "2100-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "1720432800",
    ],
)
def test_a_time_that_is_none_is_refused(time: str) -> None:
    ((field, reason),) = refused("checked_in", time, "a@example.org", zone="Europe/Berlin")
    assert field == "time"
    assert "2024" not in reason


ALL = ("kind", "time", "email", "name", "locale", "time_zone", "skills", "session_id", "met_email", "met_account", "mail")


@pytest.mark.parametrize(
    ("cells", "field", "reason"),
    [
        ({"kind": "gone"}, "kind", "expected one of: checked_in, session_attended, person_met"),
        ({"kind": ""}, "kind", "is missing"),
        ({"email": "secret.example.org"}, "email", "is not an e-mail address"),
        ({"email": ""}, "email", "the person is not identified"),
        ({"name": "a\x01b"}, "name", "control characters"),
        ({"name": "n" * 301}, "name", "at most 300 characters"),
        ({"locale": "german!"}, "locale", "match pattern"),
        ({"time_zone": "Europe/Atlantis"}, "time_zone", "must be a time zone (IANA), such as Europe/Prague"),
        ({"skills": "x" * 101}, "skills", "at most 100 characters"),
        ({"skills": "|".join(map(str, range(201)))}, "skills", "at most 200 items"),
        ({"mail": "perhaps"}, "mail", "expected yes or no"),
        ({"kind": "session_attended"}, "session_id", "is missing"),
        ({"kind": "session_attended", "session_id": "s9"}, "session_id", "is not a session"),
        ({"kind": "person_met"}, "met_email", "the person is not identified"),
        ({"kind": "person_met", "met_email": "x"}, "met_email", "is not an e-mail address"),
        ({"kind": "person_met", "met_email": "GRACE@example.com"}, "met_email", "must be somebody other than the attendee"),
    ],
)
def test_what_is_wrong_is_told_by_column_without_the_value(cells: dict[str, str], field: str, reason: str) -> None:
    row = {"kind": "checked_in", "time": NOON, "email": "grace@example.com"} | cells
    ((at, why),) = refused(*(row.get(name, "") for name in ALL), columns=ALL)
    assert (at, reason in why) == (field, True), why
    assert not any(value in why for value in (NOON, row["email"], cells.get("name"), cells.get("session_id")) if value)


def test_a_row_with_more_values_than_columns_is_refused() -> None:
    assert refused("checked_in", NOON, "a@example.org", "x") == [
        ("row", "has 4 values, but there are 3 columns; is a delimiter inside a value not quoted?")
    ]
    assert isinstance(read("checked_in", NOON, "a@example.org", "", ""), ParsedRow)


def test_the_id_of_a_statement_is_made_of_what_it_says_and_hides_it() -> None:
    one = stated("checked_in", NOON, "ada@example.org").id
    assert stated("checked_in", "2024-07-08T10:00:00Z", " ADA@example.org ").id == one
    assert stated("checked_in", NOON, "ada@example.org", "", columns=("kind", "time", "email", "name")).id == one
    others = [
        stated("checked_in", "2024-07-08T10:00:01Z", "ada@example.org").id,
        stated("checked_in", NOON, "eve@example.org").id,
        stated("checked_in", NOON, "ada@example.org", "Ada", columns=("kind", "time", "email", "name")).id,
        stated("checked_in", NOON, "ada@example.org", columns=("kind", "time", "account")).id,
        stated("checked_in", NOON, "ada@example.org", key=SecretStr("another key of tests")).id,
    ]
    assert len({one, *others}) == 6


@given(
    st.lists(
        st.text(max_size=12) | st.sampled_from(["checked_in", "person_met", NOON, "a@example.org", "s1", "yes"]),
        max_size=len(ALL) + 2,
    )
)
def test_whatever_cells_are_stated_or_refused(cells: list[str]) -> None:
    found = read(*cells, columns=ALL)
    assert isinstance(found, ParsedRow) or all(fault.field in (*ALL, "row") and fault.reason for fault in found)
