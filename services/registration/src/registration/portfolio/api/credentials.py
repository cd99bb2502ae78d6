"""People have a placement issued to them as a credential, and revoke it."""

from typing import Annotated

from fastapi import Depends

from registration.portfolio.schemas import CredentialPreview, CredentialSpec, PlacementView
from registration.portfolio.use_cases.credentials import Credentials
from shared.contract.events.fields import Id
from shared.database.mongo import Database
from shared.web.access.callers import Caller, own_ids
from shared.web.access.guard import Guard
from shared.web.access.router import Router


def create_router(guard: Guard, credentials: Credentials, database: Database) -> Router:
    """``/me/portfolio/placements/{id}/credential``."""
    router = Router(prefix="/me/portfolio/placements/{id}/credential", tags=["portfolio"])
    Own = Annotated[Caller, Depends(guard("me", attendee=True, people=True))]  # noqa: N806 - a type

    @router.get("")
    async def get_my_credential(id: Id, caller: Own) -> CredentialPreview:
        """Preview the credential of this completed placement, with what to know before you have it issued, and the existing one
        is."""
        return CredentialPreview.of(*await database.transact(lambda tx: credentials.preview(own_ids(caller), id, tx)))

    @router.post("")
    async def issue_credential(id: Id, spec: CredentialSpec, caller: Own) -> PlacementView:
        """Issue an Open Badges 3.0 credential of this completed placement to you: a signed document that you can show to
        anybody. **Copies of it cannot be recalled.** An existing one is returned unchanged."""
        return PlacementView.of(
            await database.transact(lambda tx: credentials.issue(own_ids(caller), id, spec.name, spec.address, tx))
        )

    @router.delete("")
    async def revoke_credential(id: Id, caller: Own) -> PlacementView:
        """Revoke the credential of this placement: anybody who verifies a copy learns that it is no longer valid.

        Repeating it changes nothing. You can have a new one issued."""
        return PlacementView.of(await database.transact(lambda tx: credentials.revoke(own_ids(caller), id, tx)))

    return router
