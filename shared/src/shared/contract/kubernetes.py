"""What the chart of the platform is made of: topics, rights and paths, from the same tables as everything else.

``python -m shared.contract.kubernetes`` prints it.
"""

import json
import sys
from typing import Any, Final

from shared.contract.acls import REPLAY, acls
from shared.contract.paths import HOME, PATHS, interface
from shared.contract.topics import SERVICES, TOPICS

_NOTE: Final = "Generated from topics.py, acls.py and paths.py in shared/contract by `make contracts`. Do not edit."
_PATTERNS: Final = {"literal": "literal", "prefixed": "prefix"}
"""Strimzi's names for kinds of patterns."""


def contract() -> dict[str, Any]:
    """Topics, the rights of each principal, and where each path of the site leads."""
    return {
        "note": _NOTE,
        "services": list(SERVICES),
        "home": HOME,
        "topics": [{"name": topic.name, "partitions": topic.partitions, "config": topic.config} for topic in TOPICS],
        "users": {
            principal: [
                {"type": acl.resource, "name": acl.name, "pattern": _PATTERNS[acl.pattern], "operations": list(acl.operations)}
                for acl in acls(principal)
            ]
            for principal in (*SERVICES, REPLAY)
        },
        "paths": {
            service: {"interface": interface(service), "pages": [path.prefix for path in PATHS if path.service == service]}
            for service in SERVICES
        },
    }


def contract_file() -> str:
    """The chart's file."""
    return json.dumps(contract(), indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(contract_file())
