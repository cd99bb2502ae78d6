"""Field types of requests and events: what they take, and what they refuse."""

from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.contract.events import TYPES
from shared.contract.events.examples import EXAMPLES
from shared.contract.events.fields import Day, Link, Terms, TimeZone, Url
from shared.validation import in_words

DAY = TypeAdapter(Day)
TIME_ZONE = TypeAdapter(TimeZone)
URL: TypeAdapter[str] = TypeAdapter(Url)
LINK: TypeAdapter[str | None] = TypeAdapter(Link)


def test_a_day_is_written_as_people_write_it() -> None:
    assert DAY.validate_python("2026-07-08") == DAY.validate_json('"2026-07-08"') == DAY.validate_python(date(2026, 7, 8))
    assert DAY.validate_python("2028-02-29") == date(2028, 2, 29)


@pytest.mark.parametrize(
    "value", [7, 0, 1783468800, 1783468800.5, "7", "1783468800", True, None, [], {}, "", "2026", "08.07.2026", "2027-02-29", "2026-07-32"]
)  # fmt: skip
def test_a_number_of_seconds_and_a_day_that_there_is_not_are_no_day(value: Any) -> None:
    """A number would be taken for seconds since 1970."""
    with pytest.raises(ValidationError) as raised:
        DAY.validate_python(value)
    assert "such as 2026-07-08" in in_words(dict(raised.value.errors()[0]))


@pytest.mark.parametrize("name", ["Europe/Prague", "America/Argentina/Ushuaia", "Etc/GMT+5", "UTC", "EST5EDT", "Asia/Calcutta"])
def test_a_time_zone_is_named_as_in_the_iana_database(name: str) -> None:
    assert TIME_ZONE.validate_python(name) == name


@pytest.mark.parametrize(
    "value",
    ["Europe/Atlantis", "Europe", "europe/prague", "CEST", "+02:00", "", "Factory", "localtime", "../etc/passwd", "/UTC",
     "Europe/../UTC", "UTC\n", "UTC\x00", "Europe/Prague ", "A" * 65, "\u0130stanbul", 2, None, ["UTC"]],
)  # fmt: skip
def test_what_is_no_time_zone_is_refused_with_an_example_of_one(value: Any) -> None:
    """The database is a directory of files: no name may lead out of it, or mean another zone on each machine."""
    with pytest.raises(ValidationError) as raised:
        TIME_ZONE.validate_python(value)
    said = in_words(dict(raised.value.errors()[0]))
    assert "such as Europe/Prague" in said or not isinstance(value, str) or len(value) > 64


def test_of_many_wrong_terms_the_first_is_told() -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Terms).validate_json(b"[1" + b",2" * 199 + b"]")
    assert [fault["loc"] for fault in caught.value.errors()] == [(0,)]


MISREAD = (
    "https://evil.com\\.good.example/x",
    "https://evil.com%2f.good.example/",
    "https://evil.com%5c.good.example/",
    "https://evil.com;.good.example/",
    "https://evil.com\u2044.good.example/",
    "https://good.example@evil.com/",
    "https://user:secret@good.example/",
    "https://good.example./",
    "https://go%6fd.example/",
    "https://\u0261ood.example\uff0f.example/",
    "https://0x7f000001/",
    "https://017700000001/",
    "https://2130706433/",
    "https://127.1/",
    "https://[::ffff:127.0.0.1%25x]/",
    "https://good.example:99999/",
    "https://good.example:0/",
    "https://go\u200bod.example/",
    "https://good.example/\u202egnp.exe",
)
"""What matches the contract's pattern, and what readers could read differently."""


@pytest.mark.parametrize("address", MISREAD)
def test_an_address_that_could_be_misread_is_refused_in_a_request_and_left_out_of_an_event(address: str) -> None:
    with pytest.raises(ValidationError):
        URL.validate_python(address)
    assert LINK.validate_python(address) is None


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "https://a\tb/", "https://a b/", "https://a/\nb", "//a", "", 'https://a/"']
)
def test_what_is_no_address_by_the_contract_is_refused_everywhere(address: str) -> None:
    for adapter in (URL, LINK):
        with pytest.raises(ValidationError):
            adapter.validate_python(address)


def test_an_address_is_kept_as_it_was_parsed() -> None:
    for written, kept in (
        ("https://Example.org", "https://example.org/"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("https://example.org:443/a/../b", "https://example.org/b"),
        ("https://[::ffff:127.0.0.1]:8443/", "https://[::ffff:7f00:1]:8443/"),
    ):
        assert URL.validate_python(written) == LINK.validate_python(written) == kept
        assert LINK.validate_python(kept) == kept
    assert LINK.validate_python(None) is None


def addresses(value: Any, instead: str = "") -> list[Any]:
    """All that is called ``url`` in a document; ``instead`` takes its place there, if it is given."""
    if isinstance(value, list):
        return [one for inner in value for one in addresses(inner, instead)]
    if not isinstance(value, dict):
        return []
    found = [value["url"]] if "url" in value else []
    if found and instead:
        value["url"] = instead
    return found + [one for inner in value.values() for one in addresses(inner, instead)]


def test_every_event_is_taken_without_an_address_that_could_be_misread() -> None:
    seen = set()
    for name, examples in EXAMPLES.items():
        for example in examples:
            data = deepcopy(example.data)
            if addresses(data, instead=MISREAD[0]):
                seen.add(name)
                read = TYPES[name].model_validate(data).model_dump(mode="json")
                assert set(addresses(read)) == {None}, name
    assert len(seen) >= 4
