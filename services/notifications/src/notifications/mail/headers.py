"""Header fields of a mail (RFC 5322): folded at spaces only, and nothing that a stranger wrote can end one."""

import re
from email.header import Header
from typing import Final

import idna

from notifications.mail.strangers import shortened

LINE: Final = 76
"""A line with encoded words has at most so many characters (RFC 2047); others are folded there, too."""

LONGEST_LINE: Final = 998
"""No server need take a longer one (RFC 5322)."""

LONGEST_NAME: Final = 100

_BLANK: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_HIDDEN: Final = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
"""What is not seen itself, but turns round or hides what is. Joiners stay: scripts and emoji need them."""
_SURROGATE: Final = re.compile("[\ud800-\udfff]")

_ATEXT: Final = r"A-Za-z0-9!#$%&'*+\-/=?^_`{|}~"
_PHRASE: Final = re.compile(rf"[{_ATEXT} ]+")
_LOCAL_PART: Final = re.compile(rf"[{_ATEXT}\u0080-\U0010ffff]+(?:\.[{_ATEXT}\u0080-\U0010ffff]+)*")  # RFC 6531
_DOMAIN: Final = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*")


def header_text(text: str, most: int) -> str:
    """The text in one line of at most ``most`` characters, with nothing in it that is not seen. Done twice, it is the same.

    Not ``strangers.one_line``, which also takes what looks like a link from strangers' words: a header may hold our own.
    """
    return shortened(_SURROGATE.sub("\ufffd", " ".join(_BLANK.split(_HIDDEN.sub("", text)))).strip(), most)


def field(name: str, value: str) -> bytes:
    """A header field of these words with its line break(s). None where there is nothing to say.

    The standard library's policies would break a link without spaces into encoded words, which no mail program follows. Here,
    a word longer than a line has a line of its own.

    Raises:
        ValueError: a word is longer than any line may be, or there is a line break in one.
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
    """One line of text as the value of the field ``name``: itself, or encoded words (RFC 2047) that are short enough for it."""
    if text.isascii() and "=?" not in text:
        return text
    return Header(text, "utf-8", LINE, name).encode(linesep="")


def mailbox(name: str, person: str, address: str) -> str:
    """A person's name and address as the value of the field ``name`` (RFC 5322, 3.4).

    Raises:
        ValueError: as ``wire_address``.
    """
    written = wire_address(address)
    shown = header_text(person, LONGEST_NAME)
    if not shown:
        return f"<{written}>"
    if shown.isascii() and "=?" not in shown and not _PHRASE.fullmatch(shown):
        shown = '"' + re.sub(r'(["\\])', r"\\\1", shown) + '"'
    return f"{words(name, shown)} <{written}>"


def wire_address(address: str) -> str:
    """The address as it goes over the wire, its domain in ASCII (IDNA 2008): only a local part that is not needs SMTPUTF8.

    Raises:
        ValueError: no mail can be sent to it. The address is not quoted there.
    """
    local, _, domain = address.rpartition("@")
    try:
        domain = domain if domain.isascii() else idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        raise ValueError("the address has a domain that is no host name") from None
    if not _LOCAL_PART.fullmatch(local) or not (local.isprintable() and len(local.encode()) <= 64):
        raise ValueError("the address has a local part that cannot be written")
    if not _DOMAIN.fullmatch(domain) or len(domain) > 253:
        raise ValueError("the address has a domain that is no host name")
    return f"{local}@{domain}"
