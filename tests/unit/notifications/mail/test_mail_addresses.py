"""Names and addresses in mails: each arrives as it is or is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.wire import parsed, recipient, wire


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("ada@example.org", ""),
        ("o'hara+x@example.org", 'Zoë "Z", <Bücher>'),
        ("o'hara+x@example.org", "O'Hara, Jr."),
        ("zoë@example.org", "Zoë"),
        ("a=?b@example.org", "A"),
        ("ada@localhost", "Ada"),
    ],
)
def test_names_and_addresses_arrive_as_they_are(address: str, name: str) -> None:
    data = wire(name=name, email=address)
    assert recipient(data) == (name, address)
    assert data.isascii() == address.isascii()


def test_an_international_domain_is_written_so_that_every_server_takes_it() -> None:
    assert wire(email="ada@straße.example").startswith(b"To: Ada <ada@xn--strae-oqa.example>\r\n")
    assert wire(email="zoë@straße.example").startswith("To: Ada <zoë@xn--strae-oqa.example>\r\n".encode())


@pytest.mark.parametrize(
    "address",
    [
        *(
            "",
            "ada",
            "@example.org",
            "ada@",
            "ada@exa\r\nBcc: x@example.org",
            "a\nda@example.org",
            "a b@example.org",
            "a@b@example.org",
        ),
        *(
            "<ada@example.org>",
            "ada@example.org>",
            "a,b@example.org",
            ".a@example.org",
            "a..b@example.org",
            "ada@.org",
            "ada@-.org",
        ),
        *(
            "ada@a\u202eb.org",
            "a\u2028b@example.org",
            "\ud800@example.org",
            "ada@\ud800.org",
            "ada@\u00ad.org",
            "ü" * 33 + "@example.org",
        ),
        *("ada@" + "x" * 64 + ".org", "ada@" + "x.yz" * 70, "ada@[127.0.0.1]", '"a b"@example.org'),
    ],
)
def test_an_address_that_cannot_be_written_is_refused_and_not_quoted(address: str) -> None:
    with pytest.raises(ValueError, match=r"^the address has a (local part|domain)") as refused:
        wire(email=address)
    assert not address or address not in str(refused.value)


@given(st.text(), st.text())
def test_any_address_is_written_whole_or_refused(local: str, domain: str) -> None:
    try:
        data = wire(email=f"{local}@{domain}")
    except ValueError:
        return
    (mailbox,) = parsed(data)["To"].addresses
    assert mailbox.username == local
    assert mailbox.domain.isascii()
    assert set(parsed(data)) == set(parsed(wire()))
