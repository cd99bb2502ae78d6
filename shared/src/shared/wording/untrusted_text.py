"""Making text that others wrote (names, titles, places) safe to show on a page or in a mail."""

import re
import unicodedata
from typing import Final

from shared import urls

NAME: Final = 60
"""The most characters of a name. The same for titles, places and terms."""
TITLE: Final = 120
PLACE: Final = 160
TERM: Final = 60

_SCHEME: Final = re.compile(r"(?:\b[a-z][a-z0-9+.-]*:)?//+", re.IGNORECASE)
# A dot that could be part of a host name. Not that of "Node.js", "ASP.NET" or "script.py", which listings and sessions mention
# and no host is called (those under .py have three parts); "v2.0" has no match.
_DOT: Final = re.compile(r"(?<=\w)(?<!\bASP)[.\u3002\uff0e\uff61](?=(?!(?:js|py)\b)[^\W\d_]{2})")


def one_line(text: str, most: int) -> str:
    """The text in one line of at most ``most`` characters.

    Control characters are removed, as are those that change the direction of writing and so could disguise a text.
    """
    return shortened(" ".join(_printable(text[: 4 * most]).split()), most)


def mail_line(text: str, most: int) -> str:
    """As ``one_line``, with nothing that mail programs turn into a link.

    They make links of ``https://…``, ``www.…`` and ``name.com``, which would seem to come from us. So schemes are removed, and a
    dot between letters gets a space after it: "J.R.R.Tolkien" becomes "J.R.R. Tolkien". Pages need none of this.
    """
    text = _printable(text[: 4 * most])
    if "//" in text:
        text = _SCHEME.sub("", text)
    line = " ".join(text.split())
    return shortened(_DOT.sub(lambda dot: f"{dot[0]} ", line), most)


def shortened(line: str, most: int) -> str:
    """The line, cut to ``most`` characters."""
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def web_address(url: str) -> str:
    """The web address in its parsed form; "" if it is not one."""
    try:
        return urls.web_address(url).href
    except ValueError:
        return ""


def mail_address(address: str) -> str:
    """The address if it needs no escaping in text and links; "" otherwise."""
    return address if re.fullmatch(r"[\w.+-]{1,64}@[\w.-]{1,255}", address) else ""


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    # Format characters (zero width, direction) are removed; line breaks, tabs and the like become spaces.
    return "" if unicodedata.category(character) in ("Cf", "Cs", "Co", "Cn") else " "
