"""Addresses of the web: read as browsers read them, or refused."""

import pytest
from ada_url import URL
from hypothesis import example, given
from hypothesis import strategies as st

from shared.urls import by_commas, host_pattern, is_among, web_address, without_port

PATTERNS = ("*.good.example", "only.example", "*.müller.example")


@pytest.mark.parametrize(
    ("text", "host", "href"),
    [
        ("https://jobs.good.example/x?y=1#z", "jobs.good.example", "https://jobs.good.example/x?y=1#z"),
        ("http://Jobs.GOOD.example", "jobs.good.example", "http://jobs.good.example/"),
        ("https://good.example:443/", "good.example", "https://good.example/"),
        ("https://good.example:8443/a/../b", "good.example", "https://good.example:8443/b"),
        ("https://bücher.example/ü", "xn--bcher-kva.example", "https://xn--bcher-kva.example/%C3%BC"),
        ("https://bu\u0308cher.example/", "xn--bcher-kva.example", "https://xn--bcher-kva.example/"),
        ("https://straße.example/", "xn--strae-oqa.example", "https://xn--strae-oqa.example/"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example", "https://xn--bcher-kva.example/"),
        ("https://r3---a.example/", "r3---a.example", "https://r3---a.example/"),
        ("https://a_b.example/", "a_b.example", "https://a_b.example/"),
        ("https://192.0.2.1/", "192.0.2.1", "https://192.0.2.1/"),
        ("https://[2001:DB8:0::1]:8443/", "2001:db8::1", "https://[2001:db8::1]:8443/"),
        ("https://[::ffff:192.0.2.1]/", "::ffff:c000:201", "https://[::ffff:c000:201]/"),
        ("http://localhost:8004/docs", "localhost", "http://localhost:8004/docs"),
        ("https://good.example/a%2Fb%5C;c?d=%2f@e:f", "good.example", "https://good.example/a%2Fb%5C;c?d=%2f@e:f"),
        ("https://good.example/@ada", "good.example", "https://good.example/@ada"),
    ],
)
def test_an_address_is_kept_as_it_was_parsed(text: str, host: str, href: str) -> None:
    address = web_address(text)
    assert (address.host, address.href) == (host, href)
    assert web_address(href) == address


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.com\\.good.example/x",
        "https://evil.com\\@good.example/x",
        "https:\\\\evil.com/.good.example",
        "https://good.example\\x",
        "https://evil.com%2f.good.example/",
        "https://evil.com%5c.good.example/",
        "https://evil.com%00.good.example/",
        "https://evil.com%23.good.example/",
        "https://evil%2ecom/",
        "https://evil.com;.good.example/",
        "https://evil.com,.good.example/",
        "https://evil.com&.good.example/",
        "https://evil.com!.good.example/",
        "https://evil.com|.good.example/",
        "https://evil.com^.good.example/",
        "https://evil.com\u2044.good.example/",
        "https://evil.com\u2215.good.example/",
        "https://evil.com\u29f8.good.example/",
        "https://evil.com\uff0f.good.example/",
        "https://evil.com\u2100.good.example/",
        "https://evil.com\ufe56.good.example/",
        "https://evil.com\uff03.good.example/",
        "https://evil.com\uff3c.good.example/",
        "https://evil.com\uff1a80.good.example/",
        "https://user\uff20good.example/",
        "https://good\u3002example/",
        "https://good\uff0eexample/",
        "https://good\uff61example/",
        "https://ｇood.example/",
        "https://ﬁne.example/",
        "https://go\u00adod.example/",
        "https://go\u200bod.example/",
        "https://\u202eelpmaxe.example/",
        "https://good.example/\u202egnp.exe",
        "https://go\tod.example/",
        "https://go\nod.example/",
        "https://good.example/\r\nx",
        "https://good.example\x00/",
        "https://good.example /",
        " https://good.example/",
        "https://good.example/a b",
        "https://good.example/\u00a0",
        "https://good.example/\ud800",
        "https://user@good.example/",
        "https://user:secret@good.example/",
        "https://@good.example/",
        "https://good.example@evil.com/",
        "https://good.example:443@evil.com/",
        "https://good.example./",
        "https://good..example/",
        "https://.good.example/",
        "https://-good.example/",
        "https://" + "a" * 64 + ".example/",
        "https://" + "a." * 127 + "example/",
        "https://xn--a/",
        "https://xn--.example/",
        "https://xn--evil-.example/",
        "https://XN--A.example/",
        "https://2130706433/",
        "https://017700000001/",
        "https://0x7f.1/",
        "https://0x7f000001/",
        "https://127.1/",
        "https://0177.0.0.1/",
        "https://127.0.0.01/",
        "https://127.0.0.1.",
        "https://1.2.3.4.5/",
        "https://256.256.256.256/",
        "https://good.0x7f/",
        "https://①②⑦.0.0.1/",
        "https://127。0。0。1/",
        "https://[::1",
        "https://::1/",
        "https://[::1]evil.com/",
        "https://[fe80::1%25eth0]/",
        "https://[fe80::1%eth0]/",
        "https://[v1.x]/",
        "https://[]/",
        "https://good.example:/",
        "https://good.example:0/",
        "https://good.example:65536/",
        "https://good.example:99999999999/",
        "https://good.example:8o/",
        "https://good.example:80:80/",
        "https://good.example:+80/",
        "https://good.example:٨٠/",
        "https://",
        "https:///good.example/",
        "https:good.example/",
        "https:/good.example/",
        "https:////good.example/",
        "//good.example/",
        "good.example",
        "HTTPS//good.example",
        "javascript://good.example/%0aalert(1)",
        "data:text/html,x",
        "ftp://good.example/",
        "file:///etc/passwd",
        "ws://good.example/",
        "https://good.example/" + "a" * 2000,
        "https://good.example/" + "ü" * 700,
        'https://good.example/"onclick=',
        "https://good.example/<b>",
        "https://good.example/'",
        "",
    ],
)
def test_what_readers_could_read_differently_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^(must|has|is) "):
        web_address(text)


@given(
    st.text(max_size=60)
    | st.builds("https://{}{}{}/{}".format, *[st.text(max_size=12)] * 4)
    | st.builds(
        "http://{}{}good.example{}".format, *[st.text(alphabet="\\/@:;%.[]#?0x7af\u2044\u3002\uff0f\u00ad-_", max_size=8)] * 3
    )
)
@example("https://evil.com\\.good.example/")
def test_an_accepted_address_leads_where_browsers_go(text: str) -> None:
    try:
        address = web_address(text)
    except ValueError:
        return
    browser = URL(text)
    assert (browser.href, browser.hostname.strip("[]"), browser.username, browser.password) == (
        address.href,
        address.host,
        "",
        "",
    )
    assert web_address(address.href) == address
    patterns = tuple(map(host_pattern, PATTERNS))
    if is_among(address.host, patterns):
        assert browser.hostname == "only.example" or browser.hostname.endswith((".good.example", ".xn--mller-kva.example"))


def test_patterns_name_one_host_all_below_one_or_any() -> None:
    patterns = tuple(map(host_pattern, by_commas("Only.Example, *.müller.example,")))
    assert patterns == ("only.example", "*.xn--mller-kva.example")
    assert is_among("only.example", patterns)
    assert is_among("jobs.xn--mller-kva.example", patterns)
    assert not is_among("xn--mller-kva.example", patterns)
    assert not is_among("notxn--mller-kva.example", patterns)
    assert not is_among("not-only.example", patterns)
    assert is_among("any.thing", ("*",))
    for wrong in ("https://only.example", "only.example:80", "only.example/x", "a*.example", "*.*", "", "only.example."):
        with pytest.raises(ValueError, match="has"):
            host_pattern(wrong)


def test_the_host_of_a_header_is_found_with_and_without_its_port() -> None:
    assert [without_port(text) for text in ("Desk.example:80", "desk.example", "127.0.0.1:1", "[::1]:80", "[::1]")] == [
        "desk.example",
        "desk.example",
        "127.0.0.1",
        "::1",
        "::1",
    ]
    for wrong in ("", ":80", "desk.example:", "desk.example:x", "desk.example:1:2", "a@b", "a/b", "::1", "a b"):
        with pytest.raises(ValueError, match="has"):
            without_port(wrong)
