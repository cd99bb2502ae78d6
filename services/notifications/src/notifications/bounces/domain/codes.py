"""Enhanced status codes of refusals, and what each means for the address.

Sources: RFC 3463 (the codes), RFC 5248 and the IANA registry "SMTP Enhanced Status Codes" (those added since), RFC 7505 (null
MX), RFC 7293 (an address that has a new owner), and Microsoft's list of non-delivery reports for the codes from 5.4.300 on.
"""

import re
from itertools import islice
from typing import Final, Literal

Meaning = Literal["hard", "soft", "policy", ""]
"""What a code or sentence means. hard: the address does not exist. soft: it takes no mail now. policy: the server refuses us or
our mail. "": unknown."""

BASIC: Final = re.compile(r"(?<![\d.])([45])\d\d(?=[ \-#\n])")
"""A reply code of SMTP (RFC 5321), such as 550. Servers that fold their reports may end a line after it."""
_ENHANCED: Final = re.compile(r"(?<![\d.])([45])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
_MOST_CODES: Final = 50

_MEANINGS: Final[dict[str, Meaning]] = {
    "1.1": "hard",  # no such mailbox
    "1.2": "hard",  # no such domain
    "1.3": "hard",  # no address by its syntax
    "1.4": "soft",  # ambiguous
    "1.5": "soft",  # valid
    "1.6": "hard",  # moved, without a new address
    "1.7": "policy",  # our address, by its syntax
    "1.8": "policy",  # our domain
    "1.9": "soft",  # relayed to a server that knows no such codes
    "1.10": "hard",  # the domain takes no mail at all (null MX)
    "2.1": "hard",  # disabled
    "2.2": "soft",  # full
    "2.3": "policy",  # our mail is too long
    "2.4": "soft",  # a mailing list that does not expand
    "3.1": "soft",  # the disk is full
    "3.2": "soft",  # the server takes no mail now
    "3.3": "soft",  # a feature is missing
    "3.4": "policy",  # our mail is too big
    "3.5": "soft",  # configured wrongly
    "4.2": "soft",  # bad connection
    "4.3": "soft",  # a directory fails
    "4.5": "policy",  # congestion; Gmail: how much we send
    "4.6": "soft",  # a loop
    "4.7": "soft",  # delivery time expired
    "4.310": "hard",  # Exchange: the domain does not exist
    "7.17": "hard",  # the mailbox has a new owner
    "7.18": "hard",  # the domain has a new owner
}
"""The meaning of permanent codes, by subject and detail. Other codes of x.5 (protocol), x.6 (content) and x.7 (security) are
policy."""
_SAYS_NOTHING: Final = ("5.5.1", "5.7.0", "5.7.1")
"""Some servers use these for every refusal: "550 5.7.1 No such user!", "554 5.5.1 no valid recipients". They mean policy unless
the words say that nobody has the address."""


def has_code(text: str) -> re.Match[str] | None:
    """The first code of a refusal in a text."""
    return BASIC.search(text) or _ENHANCED.search(text)


def enhanced(text: str) -> list[str]:
    """The enhanced codes in a text, each once."""
    return list(dict.fromkeys(".".join(found.groups()) for found in islice(_ENHANCED.finditer(text), _MOST_CODES)))


def is_special(code: str) -> bool:
    """Whether a code is specific, unlike 5.1.0, which only says that the address is the reason."""
    return not code.endswith(".0") or code[2] in "67"


def is_policy_at_most(code: str) -> bool:
    """Whether a code means policy unless the words say that the address does not exist."""
    return code in _SAYS_NOTHING


def meaning_of_code(code: str) -> Meaning:
    """What an enhanced code such as 5.1.1 means."""
    kind, subject, detail = code.split(".")
    if kind == "4":
        return "policy" if subject in "67" else "soft"
    if code in _SAYS_NOTHING:
        return ""
    if found := _MEANINGS.get(f"{int(subject)}.{int(detail)}"):
        return found
    return "policy" if subject in ("6", "7") or (subject == "5" and detail != "0") else ""
