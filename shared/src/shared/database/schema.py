"""Which schema a service's database has, so that a release that cannot read it refuses to start.

A change of stored documents takes three releases: N reads the new shape and writes the old one, N+1 writes the new one and
converts what is stored, N+2 no longer reads the old one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from shared.database.mongo import MongoDatabase
from shared.database.server_requirements import DatabaseUnfit

_ID: Final = "schema"


@dataclass(frozen=True, slots=True)
class Schema:
    """The schema versions that a release writes and reads."""

    writes: int = 1
    """The version that it writes."""
    min_reader: int = 1
    """The lowest version that another release must read to understand everything this one writes."""
    reads: int = 1
    """The newest version that it reads."""


SCHEMAS: Final[Mapping[str, Schema]] = {
    "registration": Schema(),
    "listings": Schema(),
    "matching": Schema(),
    "notifications": Schema(),
}
"""The schema of each service. CONTRIBUTING.md says when to raise which number."""


class SchemaRecord:
    """The schema of one database, in its collection ``schema``. A database that no release has recorded has version 0."""

    def __init__(self, db: MongoDatabase, schema: Schema) -> None:
        self._documents = db["schema"]
        self._schema = schema

    async def check(self) -> None:
        """Raises ``DatabaseUnfit`` if this release is too old for the database."""
        document = await self._documents.find_one({"_id": _ID}) or {"version": 0, "min_reader": 0}
        version, min_reader = document["version"], document["min_reader"]
        if min_reader > self._schema.reads:
            raise DatabaseUnfit(
                f"this release is too old for its database, which a newer release has changed to schema {version}: "
                f"a release must know schema {min_reader} to read it, and this one knows {self._schema.reads}; "
                "start a newer release, or restore a backup"
            )

    async def record(self) -> int:
        """Record the version this release writes. Returns the database's version, which never decreases."""
        newest = {"version": self._schema.writes, "min_reader": self._schema.min_reader}
        document = await self._documents.find_one_and_update({"_id": _ID}, {"$max": newest}, upsert=True, return_document=True)
        return int(document["version"])
