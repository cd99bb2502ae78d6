"""The fields of a delivery status report (RFC 3464), in a part of their own or in the text of a mail."""

import re
from dataclasses import dataclass
from typing import Final

from notifications.bounces.domain.mails import addresses_in

_FIELD: Final = re.compile(r"[ \t]{0,8}([A-Za-z][A-Za-z-]{2,40})[ \t]{0,4}:(.{0,2000})")
_INSTEAD: Final = "x-supplementary-info"
"""The reply of the other server, where there is no Diagnostic-Code: "<mx.example.org #5.0.0 smtp; 550 unknown user>"."""
_NAMES: Final = frozenset(
    {"action", "status", "diagnostic-code", "final-recipient", "original-recipient", "reporting-mta", _INSTEAD}
)
_OTHERS: Final = frozenset(
    {"remote-mta", "last-attempt-date", "final-log-id", "will-retry-until", "arrival-date", "received-from-mta"}
)
_MOST_LINES: Final = 2_000
_LONGEST: Final = 4_000
"""Characters of a field with its continuations."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """The outcome of a mail for one recipient. Fields are as written, "" if missing."""

    action: str = ""
    status: str = ""
    diagnostic: str = ""
    recipient: str = ""

    @property
    def failed(self) -> bool:
        """Whether the delivery failed for good. Some servers leave out the action."""
        return self.action.startswith(("fail", "error")) or (not self.action and self.status.startswith("5"))


def deliveries(text: str) -> list[Delivery]:
    """The deliveries in the text of a report; none in other texts. Continuation lines need not be indented."""
    groups, group, name = list[dict[str, str]](), dict[str, str](), ""
    for line in text.splitlines()[:_MOST_LINES]:
        if not line.strip():
            name = ""
            if "action" in group and ("status" in group or "final-recipient" in group):
                groups.append(group)
                group = {}
            continue
        found = _FIELD.match(line)
        known = found[1].lower() if found else ""
        if known in _NAMES or known in _OTHERS:
            if known in group:
                groups.append(group)
                group = {}
            name, group[known] = known, found[2].strip() if found else ""
        elif known.startswith("x-"):
            name = ""
        elif name and len(group[name]) < _LONGEST:
            group[name] += " " + line.strip()[:_LONGEST]
    named = [one for one in (*groups, group) if _tells(one)]
    return [_delivery(one) for one in named]


def _tells(group: dict[str, str]) -> bool:
    return "action" in group or (
        "status" in group and bool({"final-recipient", "original-recipient", "diagnostic-code"} & group.keys())
    )


def _delivery(group: dict[str, str]) -> Delivery:
    recipient = addresses_in(group.get("final-recipient", ""))
    return Delivery(
        group.get("action", "").lower(),
        group.get("status", ""),
        group.get("diagnostic-code", "") or group.get(_INSTEAD, ""),
        recipient[0] if recipient else "",
    )
