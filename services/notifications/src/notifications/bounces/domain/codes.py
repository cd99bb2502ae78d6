"""Enhanced status codes of refusals, and what each says of the address.

Sources: RFC 3463 (the codes), RFC 5248 and the IANA registry "SMTP Enhanced Status Codes" (those added since), RFC 7505 (null
MX), RFC 7293 (an address that has a new owner), and Microsoft's list of non-delivery reports for the codes from 5.4.300 on.
"""

import re
from itertools import islice
from typing import Final, Literal

Said = Literal["hard", "soft", "policy", ""]
"""What a code or a sentence says: nobody has this address; it takes no mail now; it is about us; nothing that is known."""

BASIC: Final = re.compile(r"(?<![\d.])([45])\d\d(?=[ \-#])")
"""A reply code of SMTP (RFC 5321), such as 550."""
_ENHANCED: Final = re.compile(r"(?<![\d.])([45])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
_MOST_CODES: Final = 50

_MEANINGS: Final[dict[str, Said]] = {
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
"""Of permanent codes, by subject and detail. All others of x.5 (protocol), x.6 (content) and x.7 (security) are about us."""
_SAYS_NOTHING: Final = ("5.7.0", "5.7.1")
"""Some servers give these to every refusal: "550 5.7.1 No such user!". Unless words say that nobody is there, it is about us."""


def has_code(text: str) -> re.Match[str] | None:
    """The first code of a refusal in this text."""
    return BASIC.search(text) or _ENHANCED.search(text)


def enhanced(text: str) -> list[str]:
    """The enhanced codes in this text, each once."""
    return list(dict.fromkeys(".".join(found.groups()) for found in islice(_ENHANCED.finditer(text), _MOST_CODES)))


def is_special(code: str) -> bool:
    """Whether a code says more than "5.1.0, something about the address"."""
    return not code.endswith(".0") or code[2] in "67"


def is_policy_at_most(code: str) -> bool:
    """Whether a code is about us unless words say that nobody is there."""
    return code in _SAYS_NOTHING


def meaning_of_code(code: str) -> Said:
    """What an enhanced code says, such as 5.1.1."""
    kind, subject, detail = code.split(".")
    if kind == "4":
        return "policy" if subject in "67" else "soft"
    if code in _SAYS_NOTHING:
        return ""
    if found := _MEANINGS.get(f"{int(subject)}.{int(detail)}"):
        return found
    return "policy" if subject in ("6", "7") or (subject == "5" and detail != "0") else ""
