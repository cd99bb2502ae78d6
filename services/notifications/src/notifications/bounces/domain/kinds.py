"""Why a mail came back, by its codes and its words."""

import re
from typing import Final

from notifications.bounces.domain.codes import BASIC, Said, enhanced, is_policy_at_most, is_special, meaning_of_code
from notifications.bounces.domain.report import BounceKind
from notifications.bounces.domain.words import clearly_nobody, is_standard, is_there, meaning, phase

_EXCHANGE_ONLINE: Final = re.compile(
    r"5\.4\.1\b.{0,300}\brecipient\s{1,9}address\s{1,9}rejected:\s{1,9}access\s{1,9}denied", re.I | re.S
)
"""Exchange Online says this of a recipient that its directory does not have; elsewhere "access denied" is about us."""
_SPARING: Final = ("policy", "soft")
_BOUNCES: Final[dict[Said, BounceKind]] = {
    "hard": "hard_bounce",
    "soft": "soft_bounce",
    "policy": "policy_bounce",
    "": "soft_bounce",
}


def why(status: str, said: str, told: str = "", before: str = "") -> BounceKind:
    """Why a mail came back; the arguments as those of ``judge``."""
    return judge(status, said, told, before)[0]


def judge(status: str, said: str, told: str = "", before: str = "") -> tuple[BounceKind, str]:
    """Why a mail came back, and the code that says so.

    A hard bounce needs a special code or words that say so, and neither code nor word to the contrary.

    status: that of the server which reports; often made up, as sendmail's 5.1.1 for each refusal of a recipient.
    said: the words of the server that refused it, with its own codes, which are more credible.
    told: what the report tells people; asked only where the others say nothing.
    before: what stands before those words: which command it was that was refused.
    """
    if found := _EXCHANGE_ONLINE.search(said[:2_000]):
        return "hard_bounce", found[0][:5]
    codes = list(dict.fromkeys([*enhanced(said), *enhanced(status)]))
    special = [code for code in codes if is_special(code)]
    kinds = [meaning_of_code(code) for code in special]
    refused = phase(before or said)
    kind: Said
    by_words: Said = "policy" if refused == "mail" else meaning(said)
    if by_words == "hard" and refused == "data" and not clearly_nobody(said):  # filters call a recipient unknown that was taken
        by_words = ""
    if by_words == "hard" and any(is_policy_at_most(code) for code in special) and is_standard(said):
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
    elif any(is_policy_at_most(code) for code in special):
        kind = "policy"
    else:
        kind = "" if refused == "data" else meaning(status) or meaning(told)
    basic = BASIC.search(said)
    code = next(iter([*special, *codes]), f"{basic[1]}.0.0" if basic else "")
    if kind in ("hard", "") and code.startswith("4"):
        kind = "soft"
    return _BOUNCES[kind], code
