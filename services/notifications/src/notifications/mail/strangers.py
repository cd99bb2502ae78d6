"""What strangers wrote (names, titles, places), made fit to stand in a mail in the middle of our own words."""

import re
import unicodedata
from typing import Final

from shared import urls

NAME: Final = 60
"""Characters of a person's name, at most; likewise the others."""
TITLE: Final = 120
PLACE: Final = 160
TERM: Final = 60

_SCHEME: Final = re.compile(r"(?:\b[a-z][a-z0-9+.-]*:)?//+", re.IGNORECASE)
# A dot that could be within a host's name. Not that of "Node.js" or "ASP.NET", which are on many listings; "v2.0" has none.
_DOT: Final = re.compile(r"(?<=\w)(?<!\bASP)[.\u3002\uff0e\uff61](?=(?!js\b)[^\W\d_]{2})")


def one_line(text: str, most: int) -> str:
    """The text in one line of at most ``most`` characters, with nothing in it that mail programs make a link of.

    Control characters and those that turn the direction of writing, which could make a text look like another one, are taken out.
    Mail programs turn ``https://…``, ``www.…`` and ``name.com`` into links, which would then come from us: the former loses its
    scheme, a dot between letters is followed by a space. So "J.R.R.Tolkien" becomes "J.R.R. Tolkien".
    """
    text = text[: 4 * most]
    if not text.isprintable():
        text = "".join(map(_shown, text))
    if "//" in text:
        text = _SCHEME.sub("", text)
    line = " ".join(text.split())
    line = _DOT.sub(lambda dot: f"{dot[0]} ", line)
    return shortened(line, most)


def shortened(line: str, most: int) -> str:
    """The line, cut where it has more characters."""
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def web_address(url: str) -> str:
    """The address as it was parsed, where it is one of the web; "" otherwise."""
    try:
        return urls.web_address(url).href
    except ValueError:
        return ""


def mail_address(address: str) -> str:
    """The address, where it can stand in a text and a link as it is; "" otherwise."""
    return address if re.fullmatch(r"[\w.+-]{1,64}@[\w.-]{1,255}", address) else ""


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    # Format characters (zero width, direction) leave nothing behind; breaks, tabs and the like are spaces.
    return "" if unicodedata.category(character) in ("Cf", "Cs", "Co", "Cn") else " "
