"""Verifies credentials with the third-party library `openbadgeslib`. It is LGPL, so it runs in a separate process.

As a script, it reads JSON from standard input: a `token`, the `jwk` to verify it with, and `documents` (URL: text), the only ones
that it can fetch. It prints the verdict.
"""

import asyncio
import json
import os
import sys
from typing import Any

from support.hospital_resident import PEERS


async def verify(token: str, jwk: dict[str, Any], documents: dict[str, str]) -> dict[str, Any]:
    """The verdict: `valid`, and either the `reason` why not, or the content of the credential."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # otherwise, the modules next to this one would hide libraries of the same name
        __file__,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(PEERS), os.path.dirname(os.path.dirname(__file__))])},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    question = json.dumps({"token": token, "jwk": jwk, "documents": documents})
    answer, _ = await process.communicate(question.encode())
    assert process.returncode == 0
    verdict: dict[str, Any] = json.loads(answer)
    return verdict


def _verdict(token: str, jwk: dict[str, Any], documents: dict[str, str]) -> dict[str, Any]:
    from jwt import PyJWK  # type: ignore[import-not-found]
    from openbadgeslib.errors import LibOpenBadgesException  # type: ignore[import-not-found]
    from openbadgeslib.ob3.verifier import OB3Verifier  # type: ignore[import-not-found]

    try:
        verifier = OB3Verifier(PyJWK(jwk).key)
        # The list's own signature is verified with the same key, and its issuer must be the credential's.
        found = verifier.verify(token, check_status=True, verify_status_list=True, download=lambda url: documents[url].encode())
    except LibOpenBadgesException as error:
        return {"valid": False, "reason": str(error)}
    achievement = found.achievement
    return {
        "valid": True,
        "issuer": found.issuer.name,
        "name": achievement.name,
        "type": achievement.achievement_type,
        "aligned": [alignment.target_url for alignment in achievement.alignments],
        "results": [result.status or result.value for result in found.results],
        "identifiers": [[one.identity_type, one.identity_hash] for one in found.identifiers],
    }


if __name__ == "__main__":
    print(json.dumps(_verdict(**json.load(sys.stdin))))
