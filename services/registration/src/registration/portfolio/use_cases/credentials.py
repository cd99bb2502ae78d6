"""Issues and revokes credentials of completed placements, and signs the lists that say which ones are revoked."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import structlog

from registration.attendees.repository.attendees import Attendees
from registration.portfolio.domain import open_badges
from registration.portfolio.domain.open_badges import Issuer, Recipient
from registration.portfolio.domain.placements import Credential, Placement
from registration.portfolio.domain.status_list import StatusList
from registration.portfolio.domain.vc_jwt import signed
from registration.portfolio.repository.placements import Placements
from registration.portfolio.repository.status_lists import StatusLists
from registration.portfolio.use_cases.portfolios import Portfolios
from registration.portfolio.use_cases.revoker import Revoker
from shared.database.mongo import Tx
from shared.database.signing_keys import SigningKeys
from shared.refusals import Busy, Conflict, NotFound
from shared.signing_keys import KeySchedule, SigningKey
from shared.worded import Worded

log = structlog.get_logger(__name__)

ISSUER_KEYS: Final = KeySchedule(
    signs=timedelta(days=180), announced=timedelta(days=1), tolerance=timedelta(minutes=15), lasts=timedelta()
)
"""The rotation of the keys that sign credentials. Credentials do not expire, so the public keys stay published."""


MOST_ISSUED: Final = 20
"""How often one placement can be issued as a credential. Each time permanently takes an index of a status list."""


class Credentials:
    """Issues and revokes credentials of placements. Methods that take a transaction run in it."""

    def __init__(
        self,
        portfolios: Portfolios,
        placements: Placements,
        attendees: Attendees,
        lists: StatusLists,
        keys: SigningKeys,
        revoker: Revoker,
        issuer: Issuer | None,
    ) -> None:
        """Without an ``issuer``, no credentials are issued."""
        self._portfolios = portfolios
        self._placements = placements
        self._attendees = attendees
        self._lists = lists
        self._keys = keys
        self._revoker = revoker
        self._issuer = issuer
        self._signed_lists: dict[str, tuple[tuple[int, datetime, str], str]] = {}
        """The last signed state of each list and its token, by the list's id."""

    @property
    def issuer(self) -> Issuer:
        """The issuer of credentials.

        Raises:
            Conflict: no issuer is configured.
        """
        if self._issuer is None:
            raise Conflict(Worded("this site issues no credentials; an operator can turn them on with the setting ISSUER_URL"))
        return self._issuer

    async def preview(self, ids: Sequence[str], placement_id: str, tx: Tx) -> tuple[Placement, dict[str, Any]]:
        """The placement, and what a credential of it would say.

        Raises:
            NotFound: the person has no such placement.
            Conflict: it is not eligible.
        """
        placement = await self._portfolios.placement(ids, placement_id, tx)
        open_badges.check(placement)
        return placement, open_badges.credential(placement, self.issuer, UUID(int=0), Recipient("…"), tx.now)

    async def issue(self, ids: Sequence[str], placement_id: str, name: str, with_address: bool, tx: Tx) -> Placement:
        """Issue a credential of this placement to the person, under this name. If there is one, it is returned as it is.

        Raises:
            NotFound: the person has no such placement.
            Conflict: it is not eligible, or the person has no address.
            Busy: no key can sign now.
        """
        placement = await self._portfolios.placement(ids, placement_id, tx)
        if placement.credential:
            return placement
        open_badges.check(placement)
        if placement.issued >= MOST_ISSUED:
            raise Conflict(Worded("this placement has had %(most)s credentials, which is the limit", most=MOST_ISSUED))
        key = await self._signing_key(tx.now, tx)
        await self._keys.lock(key.number, tx)
        recipient = Recipient(name)
        if with_address:
            recipient = Recipient(name, await self._address(ids, tx), secrets.token_hex(16))
        status_list = await self._lists.open(tx) or StatusList(secrets.token_hex(8))
        index = status_list.take(secrets.randbelow)
        await self._lists.save(status_list, tx)
        id = uuid4()
        content = open_badges.credential(placement, self.issuer, id, recipient, tx.now)
        content["credentialStatus"] = open_badges.status(self.issuer, status_list.id, index)
        token = signed(content, key.key, self.issuer.key_id(key.key.public.id), "JWT")
        skills = tuple(term for term, _ in open_badges.skills_of(placement))
        placement.credential = Credential(id.urn, tx.now, token, skills, status_list.id, index)
        placement.issued, placement.to_be_reissued = placement.issued + 1, False
        await self._placements.save([], [placement], tx)
        log.info("credential_issued", placement=placement.id)
        return placement

    async def revoke(self, ids: Sequence[str], placement_id: str, tx: Tx) -> Placement:
        """Revoke the credential of this placement. Repeating it changes nothing.

        Raises:
            NotFound: the person has no such placement.
        """
        placement = await self._portfolios.placement(ids, placement_id, tx)
        if placement.credential:
            await self._revoker.revoke([placement.credential], tx)
        if placement.credential or placement.to_be_reissued:
            placement.credential, placement.to_be_reissued = None, False
            await self._placements.save([], [placement], tx)
        return placement

    async def signed_list(self, id: str, now: datetime) -> str:
        """The status list with this id, signed.

        Raises:
            NotFound: there is none.
            Busy: no key can sign now.
        """
        status_list = await self._lists.get(id)
        if status_list is None:
            raise NotFound("status list", id)
        issuer, key = self.issuer, await self._signing_key(now)
        state = (status_list.revision, open_badges.hour_of(now), key.key.public.id)
        known = self._signed_lists.get(id)
        if known is None or known[0] != state:
            content = open_badges.status_list(status_list, issuer, now)
            known = state, signed(content, key.key, issuer.key_id(key.key.public.id), "vc+jwt")
            self._signed_lists[id] = known
        return known[1]

    async def keys(self) -> list[SigningKey]:
        """All keys that ever signed a credential, including revoked ones."""
        return await self._keys.all()

    async def rotate(self, tx: Tx) -> None:
        """Create the next key when it is time, and delete the secrets of keys that no longer sign."""
        keys = await self._keys.all(tx)
        if new := ISSUER_KEYS.next(keys, tx.now):
            await self._keys.add(new, tx)
            log.info("signing_key_made", signing_key=new.key.public.id, not_before=new.key.public.not_before.isoformat())
        for old in ISSUER_KEYS.ended(keys, tx.now):
            if old.is_readable:
                await self._keys.forget_secret(old.number, tx)

    async def _signing_key(self, now: datetime, tx: Tx | None = None) -> SigningKey:
        key = ISSUER_KEYS.signing(await self._keys.all(tx), now)
        if key is None:
            raise Busy(Worded("no key can sign at the moment; try again in a minute"), retry_after=60)
        return key

    async def _address(self, ids: Sequence[str], tx: Tx) -> str:
        members = await self._portfolios.members(ids, tx)
        known = await self._attendees.get_many(members, tx)
        for member in members:
            if email := known[member].email:
                return email
        raise Conflict(Worded("no address of yours is known; leave it out of the credential"))
