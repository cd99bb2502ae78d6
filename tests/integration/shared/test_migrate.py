"""``python -m SERVICE migrate`` prepares a database, and refuses one that a newer release has changed."""

import asyncio
import json
import os
import sys

from shared.contract.topics import SERVICES
from support.databases import database_of


async def migrate(service: str) -> tuple[int, str, str]:
    """Status, output and errors of the command."""
    command = (sys.executable, "-m", service, "migrate", "--json")
    process = await asyncio.create_subprocess_exec(
        *command,
        env=os.environ | {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode(), errors.decode()


async def test_each_database_is_prepared_without_kafka_and_one_of_a_newer_release_is_refused(environment: dict[str, str]) -> None:
    for service, (status, output, errors) in zip(SERVICES, await asyncio.gather(*map(migrate, SERVICES)), strict=True):
        assert (status, json.loads(output or "{}")) == (0, {"schema_version": 1}), (service, errors[-2000:])
        async with database_of(service) as database:
            assert len(await database.db["outbox"].index_information()) == 2
            assert await database.db["schema"].find_one({"_id": "schema"}) == {"_id": "schema", "version": 1, "min_reader": 1}
    async with database_of("listings") as database:
        await database.db["schema"].update_one({"_id": "schema"}, {"$set": {"version": 7, "min_reader": 7}})
    status, output, errors = await migrate("listings")
    assert (status, output) == (1, "")
    assert "this release is too old for its database" in errors
