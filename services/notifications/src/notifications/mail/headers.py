"""Header fields of a mail (RFC 5322). They are folded at spaces only, and no text that others wrote can end one."""

import re
from email.header import Header
from typing import Final

import idna

from shared.wording.untrusted_text import shortened

LINE: Final = 76
"""The most characters in a line with encoded words (RFC 2047). Other lines are folded there, too."""

LONGEST_LINE: Final = 998
"""Servers may refuse a longer line (RFC 5322)."""

LONGEST_NAME: Final = 100

_BLANK: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_HIDDEN: Final = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
"""Invisible characters that reorder or hide others. Not joiners, which scripts and emoji need."""
_SURROGATE: Final = re.compile("[\ud800-\udfff]")

_ATEXT: Final = r"A-Za-z0-9!#$%&'*+\-/=?^_`{|}~"
_PHRASE: Final = re.compile(rf"[{_ATEXT} ]+")
_LOCAL_PART: Final = re.compile(rf"[{_ATEXT}\u0080-\U0010ffff]+(?:\.[{_ATEXT}\u0080-\U0010ffff]+)*")  # RFC 6531
_DOMAIN: Final = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*")


def header_text(text: str, most: int) -> str:
    """The text in one line of at most ``most`` characters, without invisible ones. Applying it twice changes nothing.

    ``untrusted_text.mail_line`` also removes what looks like a link, which a header of our own may contain.
    """
    return shortened(_SURROGATE.sub("\ufffd", " ".join(_BLANK.split(_HIDDEN.sub("", text)))).strip(), most)


def field(name: str, value: str) -> bytes:
    """A header field with its line breaks; b"" for an empty value.

    A word longer than a line gets a line of its own. The standard library's policies would break a long link into encoded words,
    which no mail program follows.

    Raises:
        ValueError: a word is longer than ``LONGEST_LINE``, or has a line break.
    """
    if not value:
        return b""
    lines, line = [], f"{name}:"
    for position, word in enumerate(value.split(" ")):
        if position and len(line) + 1 + len(word) > LINE:
            lines.append(line)
            line = ""
        line += f" {word}"
    lines.append(line)
    if any("\r" in line or "\n" in line or len(line) > LONGEST_LINE for line in lines):
        raise ValueError(f"{name} cannot be written: it has a line break, or a word of more than {LONGEST_LINE} characters")
    return "".join(f"{line}\r\n" for line in lines).encode()


def words(name: str, text: str) -> str:
    """A line of text as the value of the field ``name``: unchanged, or as encoded words (RFC 2047) if it needs them."""
    if text.isascii() and "=?" not in text:
        return text
    return Header(text, "utf-8", LINE, name).encode(linesep="")


def mailbox(name: str, person: str, address: str) -> str:
    """A person's name and address as the value of the field ``name`` (RFC 5322, 3.4).

    Raises:
        ValueError: see ``wire_address``.
    """
    written = wire_address(address)
    shown = header_text(person, LONGEST_NAME)
    if not shown:
        return f"<{written}>"
    if shown.isascii() and "=?" not in shown and not _PHRASE.fullmatch(shown):
        shown = '"' + re.sub(r'(["\\])', r"\\\1", shown) + '"'
    return f"{words(name, shown)} <{written}>"


def wire_address(address: str) -> str:
    """The address in its form for SMTP, with the domain in ASCII (IDNA 2008). SMTPUTF8 is needed only if its local part is not.

    Raises:
        ValueError: no mail can be sent to the address. The message does not quote it.
    """
    local, _, domain = address.rpartition("@")
    try:
        domain = domain if domain.isascii() else idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        raise ValueError("the address has a domain that is not a host name") from None
    if not _LOCAL_PART.fullmatch(local) or not (local.isprintable() and len(local.encode()) <= 64):
        raise ValueError("the address has a local part that cannot be written")
    if not _DOMAIN.fullmatch(domain) or len(domain) > 253:
        raise ValueError("the address has a domain that is not a host name")
    return f"{local}@{domain}"
