"""The first key of a registration service comes from the command line, or from the local stack."""

import asyncio
import json
import re
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import httpx

from local_stack import start_service
from local_stack.operator import operator_key
from shared.web.access.keys import text
from support.keys import OPERATOR, bearer, command


async def test_the_first_key_is_made_on_the_command_line(api: httpx.AsyncClient) -> None:
    line = [
        sys.executable,
        "-m",
        "registration",
        "keys",
        "create",
        "--name",
        "ops",
        "--scopes",
        ",".join(OPERATOR),
        "--days",
        "1",
    ]
    made = await asyncio.to_thread(subprocess.run, line, capture_output=True, text=True, timeout=60, check=True)
    [key] = re.findall(r"^odk_\w+$", made.stdout, re.MULTILINE)
    assert key not in made.stderr
    assert (await api.get("/keys", headers=bearer(key))).status_code == 200
    listed = await command("keys", "list", "--json")
    [kept] = [one for one in json.loads(listed.out) if one["id"] == key[4:16]]
    assert (kept["name"], sorted(kept["scopes"])) == ("ops", sorted(OPERATOR))
    assert datetime.fromisoformat(kept["expires_at"]) - datetime.fromisoformat(kept["created_at"]) > timedelta(hours=23)
    assert key[17:] not in listed.out
    assert (await command("keys", "revoke", key[4:16])).status == 0
    assert (await api.get("/keys", headers=bearer(key))).status_code == 401


async def test_the_local_stack_has_one_operators_key_that_opens_the_service(environment: dict[str, str], tmp_path: Path) -> None:
    server = await asyncio.to_thread(start_service, "registration", tmp_path, environment)
    path = tmp_path / "operator-key"
    try:
        key = await asyncio.to_thread(operator_key, path, server)
        assert (path.read_text(), path.stat().st_mode & 0o777) == (f"{key}\n", 0o600)
        assert await asyncio.to_thread(operator_key, path, server) == key
        path.write_text(text("o" * 12, "o" * 32))  # of data that is no more
        another = await asyncio.to_thread(operator_key, path, server)
        async with httpx.AsyncClient(base_url=server.url) as client:
            for one in (key, another):
                assert (await client.get("/statistics", headers=bearer(one))).status_code == 200
        assert key not in server.log.read_text()
    finally:
        await asyncio.to_thread(server.stop)


async def test_a_command_that_cannot_be_done_says_what_to_mend(api: httpx.AsyncClient) -> None:
    for arguments, environment, status, said in (
        (["keys", "create", "--name", "x", "--scopes", "people,all"], {}, 2, "scopes.1: Input should be 'attendance'"),
        (["keys", "create", "--name", "x", "--scopes", "people", "--days", "-1"], {}, 1, "expires_at: is in the past"),
        (["keys", "revoke", "nope"], {}, 1, "there is no key 'nope'"),
        (["keys", "list"], {"SECRETS_KEY": "short"}, 2, "SECRETS_KEY: key 1 of 1 is not 32 bytes"),
        (["keys", "list"], {"MONGODB_URI": "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=200"}, 1, "MongoDB did not answer"),
    ):
        done = await command(*arguments, **environment)
        assert (done.status, done.out) == (status, ""), done
        assert said in done.err
        assert "Traceback" not in done.err
