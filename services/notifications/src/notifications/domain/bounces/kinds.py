"""Why a mail came back, by its codes (RFC 3463) and its words."""

import re
from itertools import islice
from typing import Final

from notifications.domain.bounces.report import Kind
from notifications.domain.bounces.words import Said, clearly_nobody, is_there, meaning, phase

_ENHANCED: Final = re.compile(r"(?<![\d.])([45])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
_BASIC: Final = re.compile(r"(?<![\d.])([45])\d\d(?=[ \-#])")
_MOST_CODES: Final = 50

_KINDS: Final[dict[str, Said]] = {
    **dict.fromkeys(("1.1", "1.2", "1.3", "1.6", "1.10", "2.1", "4.310"), "hard"),  # 4.310: Exchange, there is no such domain
    **dict.fromkeys(("1.7", "1.8", "2.3", "3.4", "4.5"), "policy"),  # our address, the mail's size, how much we send
    **dict.fromkeys(("1.4", "1.5", "1.9", "2.2", "2.4", "3.1", "3.2", "3.3", "3.5", "4.2", "4.3", "4.6", "4.7"), "soft"),
}
"""Of codes that begin with 5; those that stand nowhere here say nothing for themselves."""
_EXCHANGE_ONLINE: Final = re.compile(
    r"5\.4\.1\b.{0,300}\brecipient\s{1,9}address\s{1,9}rejected:\s{1,9}access\s{1,9}denied", re.I | re.S
)
"""What it says of a recipient that its directory does not have; these words mean something else elsewhere."""
_NO_POLICY: Final = ("5.7.0", "5.7.1")
"""Some give these to every refusal: "550 5.7.1 No such user!". Unless words say that nobody is there, it is about us."""
_SPARING: Final = ("policy", "soft")
_BOUNCES: Final[dict[Said, Kind]] = {"hard": "hard_bounce", "soft": "soft_bounce", "policy": "policy_bounce", "": "soft_bounce"}


def why(status: str, said: str, told: str = "", before: str = "") -> Kind:
    """Why a mail came back; the arguments as those of ``judge``."""
    return judge(status, said, told, before)[0]


def judge(status: str, said: str, told: str = "", before: str = "") -> tuple[Kind, str]:
    """Why a mail came back, and the code that tells.

    A hard bounce needs a special code or words that say so, and neither code nor word to the contrary.

    status: that of the server which reports; often made up, as sendmail's 5.1.1 for each refusal of a recipient.
    said: the words of the server that refused it, with its own codes, which are more credible.
    told: what the report tells people; asked only where the others say nothing.
    before: what stands before those words: which command it was that was refused.
    """
    if found := _EXCHANGE_ONLINE.search(said[:2_000]):
        return "hard_bounce", found[0][:5]
    codes = [*_codes(said), *_codes(status)]
    special = [code for code in codes if not code.endswith(".0") or code[2] in "67"]
    kinds = [_of_code(code) for code in special]
    refused = phase(before or said)
    kind: Said
    by_words: Said = "policy" if refused == "mail" else meaning(said)
    if by_words == "hard" and refused == "data" and not clearly_nobody(said):  # filters call a recipient unknown that was taken
        by_words = ""
    spared = next((at for at, kind in enumerate(kinds) if kind in _SPARING), None)
    if by_words == "soft" and "policy" in kinds and not is_there(said):
        kind = "policy"  # what is said of our reputation for now counts against nobody, either
    elif by_words in _SPARING:
        kind = by_words
    elif spared is not None:
        return _BOUNCES[kinds[spared]], special[spared]
    elif "hard" in (by_words, *kinds):
        kind = "hard"
    elif any(code in _NO_POLICY for code in special):
        kind = "policy"
    else:
        kind = "" if refused == "data" else meaning(status) or meaning(told)
    basic = _BASIC.search(said)
    code = next(iter([*special, *codes]), f"{basic[1]}.0.0" if basic else "")
    if kind in ("hard", "") and code.startswith("4"):
        kind = "soft"
    return _BOUNCES[kind], code


def has_code(text: str) -> re.Match[str] | None:
    """The first code of a refusal in this text."""
    return _BASIC.search(text) or _ENHANCED.search(text)


def _codes(text: str) -> list[str]:
    return list(dict.fromkeys(".".join(found.groups()) for found in islice(_ENHANCED.finditer(text), _MOST_CODES)))


def _of_code(code: str) -> Said:
    kind, subject, detail = code.split(".")
    if subject in ("6", "7"):
        return "" if code in _NO_POLICY else "policy"
    return (
        "soft"
        if kind == "4"
        else _KINDS.get(f"{int(subject)}.{int(detail)}", "policy" if subject == "5" and detail != "0" else "")
    )
