"""HTTP interface for operators: find and lift suppressions."""

from datetime import datetime

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field

from notifications.suppressions.repository import AddressRecord, Suppressions
from shared.contract.events.fields import Email
from shared.database.mongo import Database, Tx
from shared.web.access.guard import Guard
from shared.web.access.router import Router


class AddressQuery(BaseModel):
    """An address. It is sent in the body, because URLs end up in logs."""

    model_config = ConfigDict(extra="forbid")

    email: Email


class Suppression(BaseModel):
    """What is known about an address."""

    suppressed: bool
    reason: str = Field(
        default="", description="`hard_bounce`, `soft_bounces`, `complaint`, or what the mail server said about it"
    )
    since: datetime | None = None
    message: str = Field(default="", description="the token of the message for which it was suppressed")
    soft_bounces: int = Field(
        default=0, description="how many mails in a row came back as soft bounces, such as from a full mailbox"
    )


class Lifted(BaseModel):
    """The effect of lifting a suppression."""

    lifted: bool = Field(description="false if nothing was known about the address")


def create_router(guard: Guard, suppressions: Suppressions, database: Database) -> Router:
    """``/suppressions``."""
    router = Router(dependencies=[Depends(guard("mails", people=True))])

    @router.post("/suppressions/find", tags=["suppressions"])
    async def find_suppression(query: AddressQuery) -> Suppression:
        """Return whether an address is suppressed, and why."""

        async def look_up(tx: Tx) -> AddressRecord:
            await suppressions.renew([query.email], tx)
            return await suppressions.find(suppressions.id(query.email), tx) or AddressRecord()

        known = await database.transact(look_up)
        return Suppression(
            suppressed=bool(known.reason),
            reason=known.reason,
            since=known.since,
            message=known.token,
            soft_bounces=known.soft_bounces,
        )

    @router.post("/suppressions/lift", tags=["suppressions"])
    async def lift_suppression(query: AddressQuery) -> Lifted:
        """Send mail to an address again. Unsubscribes stay in force, and suppressed mails stay unsent."""
        return Lifted(lifted=await database.transact(lambda tx: suppressions.lift(query.email, tx)))

    return router
