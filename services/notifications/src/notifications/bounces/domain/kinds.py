"""Decides why a mail bounced, from its codes and words."""

import re
from typing import Final

from notifications.bounces.domain.codes import BASIC, Meaning, enhanced, is_policy_at_most, is_special, meaning_of_code
from notifications.bounces.domain.meaning import agrees, clearly_nobody, is_standard, is_there, meaning, phase
from notifications.bounces.domain.report import BounceKind

_EXCHANGE_ONLINE: Final = re.compile(
    r"5\.4\.1\b.{0,300}\brecipient\s{1,9}address(?:es)?\s{1,9}rejected\s{0,9}:\s{1,9}access\s{1,9}denied", re.I | re.S
)
"""Exchange Online says this of a recipient who is not in its directory. From other servers, "access denied" means policy."""
_SPARING: Final = ("policy", "soft")
_BOUNCES: Final[dict[Meaning, BounceKind]] = {
    "hard": "hard_bounce",
    "soft": "soft_bounce",
    "policy": "policy_bounce",
    "": "soft_bounce",
}


def why(status: str, reply: str, text: str = "", before: str = "") -> BounceKind:
    """Why a mail bounced. For the arguments see ``judge``."""
    return judge(status, reply, text, before)[0]


def judge(status: str, reply: str, text: str = "", before: str = "") -> tuple[BounceKind, str]:
    """Why a mail bounced, and the code that says so.

    A hard bounce needs a specific code or specific words, and neither code nor words to the contrary.

    Args:
        status: the code of the reporting server. It is often made up: sendmail reports 5.1.1 for each refused recipient. So it
            does not make a bounce hard if the reply has a code of its own, but neither an enhanced one nor words for it.
        reply: the reply of the server that refused the mail. Its codes are more credible.
        text: what the report tells people, used only if status and reply say nothing.
        before: the text before the reply, which names the refused command.
    """
    if found := _EXCHANGE_ONLINE.search(reply[:2_000]):
        return "hard_bounce", found[0][:5]
    codes = list(dict.fromkeys([*enhanced(reply), *enhanced(status)]))
    special = [code for code in codes if is_special(code)]
    kinds = [meaning_of_code(code) for code in special]
    refused = phase(before or reply)
    kind: Meaning
    by_words: Meaning = "policy" if refused == "mail" else meaning(reply)
    if by_words == "hard" and refused == "data" and not clearly_nobody(reply):  # filters say this of accepted recipients
        by_words = ""
    if by_words == "policy" and refused in ("rcpt", "") and any(meaning_of_code(one) == "hard" for one in enhanced(reply)):
        by_words = "hard" if agrees(reply) else by_words
    if by_words == "hard" and any(is_policy_at_most(code) for code in special) and is_standard(reply):
        by_words = ""
    made_up = not enhanced(reply) and BASIC.search(reply) is not None
    spared = next((at for at, kind in enumerate(kinds) if kind in _SPARING), None)
    if by_words == "soft" and "policy" in kinds and not is_there(reply):
        kind = "policy"  # a temporary refusal for our reputation counts against nobody
    elif by_words in _SPARING:
        kind = by_words
    elif spared is not None:
        return _BOUNCES[kinds[spared]], special[spared]
    elif by_words == "hard" or ("hard" in kinds and not made_up):
        kind = "hard"
    elif any(is_policy_at_most(code) for code in special):
        kind = "policy"
    else:
        kind = "" if refused == "data" or "hard" in kinds else meaning(status) or meaning(text)
    basic = BASIC.search(reply)
    code = next(iter([*special, *codes]), f"{basic[1]}.0.0" if basic else "")
    if kind in ("hard", "") and code.startswith("4"):
        kind = "soft"
    return _BOUNCES[kind], code
