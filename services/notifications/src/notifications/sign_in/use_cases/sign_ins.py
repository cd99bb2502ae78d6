"""From an address to a session: requests, their mails, and the use of link and code."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

import structlog

from notifications.contacts.domain import Contact
from notifications.contacts.repository import Contacts
from notifications.links import PageLink
from notifications.mail.content import Mailbox, MailContent
from notifications.sign_in.domain import (
    VALID,
    WINDOW,
    Counts,
    Operators,
    Secrets,
    SignInRequest,
    network_of,
    new_id,
    new_secrets,
    shown_code,
    window_start,
)
from notifications.sign_in.repository import SignInRequests
from notifications.sign_in.use_cases.mail_queue import Cause, MailQueue
from notifications.sign_in.use_cases.sessions import Sessions
from shared.database.mongo import Document, Tx
from shared.logging import correlation_id
from shared.refusals import TooMany
from shared.web.access.sessions import LIFETIME, MOST_OTHER_IDS, SignInSession

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Link:
    """The link of a mail, as its page shows it."""

    request: SignInRequest
    email: str
    """The address that signs in."""


class SignIns:
    """Use cases. Those with ``tx`` run in the transaction that they are given."""

    def __init__(
        self,
        requests: SignInRequests,
        sessions: Sessions,
        contacts: Contacts,
        mails: MailQueue,
        operators: Operators,
        public_url: str,
    ) -> None:
        self._requests = requests
        self._sessions = sessions
        self._contacts = contacts
        self._mails = mails
        self._operators = operators
        self._public_url = public_url

    # Asking

    async def ask(self, email: str, client: str, next: str, locale: str, now: datetime) -> SignInRequest:
        """Keep a request to sign in with this address, in its normal form. The same is done for every address.

        The address is looked up afterwards (``look_up``), so neither the answer nor its time tells whether it is known.
        ``client`` is the address of the browser, ``locale`` its language.

        Raises:
            TooMany: there were too many requests, whichever address they were for.
        """
        counts = await self._requests.count(email, network_of(client), now)
        refuse_too_many(counts, now)
        request = SignInRequest(new_id(), next, now + VALID)
        await self._requests.add(request, email, locale, correlation_id.get() or request.id, gets_mail=counts.gets_mail)
        return request

    async def look_up(self, id: str, tx: Tx) -> None:
        """Queue the mail of this request, if its address is known and takes mail."""
        request = await self._requests.take(id, tx)
        if request is None or request["expires_at"] <= tx.now:
            return
        contacts = await self._contacts.with_address(request["email"], tx)
        operator_id = self._operators.id(request["email"])
        if contacts or operator_id:
            contact = contacts[0] if contacts else Contact(operator_id)
            await self._write(request, contact, await self._person_ids(contacts, operator_id, tx), operator_id, tx)

    async def _person_ids(self, contacts: Sequence[Contact], operator_id: str, tx: Tx) -> list[str]:
        """All ids of whoever reads the mail of these contacts: first their own, last those of others merged into them."""
        people = [contact.person for contact in contacts]
        merged = await self._contacts.merged_into(people, MOST_OTHER_IDS, tx)
        own = people[:1] or [operator_id]
        ids = list(dict.fromkeys(filter(None, (*own, operator_id, *people, *(contact.id for contact in contacts), *merged))))
        if len(ids) > 1 + MOST_OTHER_IDS:
            log.warning("person_ids_omitted", person_id=ids[0], ids=len(ids), most=1 + MOST_OTHER_IDS)
        return ids[: 1 + MOST_OTHER_IDS]

    async def _write(self, request: Document, contact: Contact, person_ids: Sequence[str], operator_id: str, tx: Tx) -> None:
        # The address that asked, which may be another one than other mails go to.
        mailbox = Mailbox(request["email"], contact.mailbox.name if contact.mailbox else "")
        cause = Cause(f"sign-in/{request['_id']}", request["correlation_id"], request["expires_at"], request["locale"])
        secrets = new_secrets()
        if await self._mails.add("sign_in", contact, mailbox, self._content(secrets), cause, tx):
            await self._requests.set_person(request["_id"], person_ids, operator_id, contact.id, secrets, tx)

    def _content(self, secrets: Secrets) -> MailContent:
        return MailContent(sign_in_url=f"{self._public_url}/sign-in/{secrets.token}", sign_in_code=shown_code(secrets.code))

    async def end_all(self, email: str, tx: Tx) -> list[str]:
        """End all sessions of whoever signs in with this address, in its normal form. Returns their ids."""
        contacts = await self._contacts.with_address(email, tx)
        ids = {self._operators.id(email)}.union(*((contact.id, contact.person) for contact in contacts)) - {""}
        await self._sessions.end_all(ids, tx)
        return sorted(ids)

    # Proving

    async def link(self, token: str, now: datetime) -> Link | None:
        """The link with this token; None if it signs nobody in any more. Nothing is changed."""
        found = await self._requests.by_token(token)
        if found is None or not found[0].is_open(now):
            return None
        email = await self.email(found[1])
        return Link(found[0], email) if email else None

    async def email(self, person_id: str) -> str:
        """The address of the contact or operator with this id; "" if there is none any more."""
        contact = await self._contacts.get(person_id)
        return contact.mailbox.email if contact and contact.mailbox else self._operators.email(person_id)

    async def time_zone(self, person_id: str) -> str:
        """The time zone of this contact; "" if it is not known."""
        contact = await self._contacts.get(person_id)
        return (contact and contact.time_zone) or ""

    async def try_code(self, id: str, code: str, now: datetime) -> SignInRequest | None:
        """The request with this id if the code is right; None otherwise. Each try is counted."""
        request = await self._requests.count_try(id)
        return request if request and request.takes(code, now) else None

    async def sign_in(self, request: SignInRequest, before: SignInSession | None, browser: str, tx: Tx) -> str | None:
        """Use the request up, and start a session, whose token is returned; None if it was used meanwhile.

        ``before`` is the session that the browser has: it ends, so that nobody's session goes over to somebody else.
        """
        if not await self._requests.use(request.id, tx):
            return None
        if before:
            await self._sessions.end(before, tx)
        operator = request.operator_id in self._operators.ids
        return await self._sessions.start(request.person_ids, tx, operator=operator, browser=browser)

    # By the link of a mail to a page

    async def people_of(self, person_id: str) -> list[str]:
        """All ids of the person with this id; only this one if they are no contact."""
        contact = await self._contacts.get(person_id)
        return [person_id, contact.person] if contact else [person_id]

    async def opens(self, token: str, link: PageLink, now: datetime) -> bool:
        """Whether the link still signs its person in: once, within ``LIFETIME``, and until they sign out everywhere."""
        if now >= link.at + LIFETIME or await self._requests.is_page_link_used(token):
            return False
        return not await self._sessions.have_ended_since(await self.people_of(link.person_id), link.at)

    async def open(self, token: str, link: PageLink, before: SignInSession | None, browser: str, tx: Tx) -> str | None:
        """Use the link up, and start a session, whose token is returned; None if it signs nobody in any more.

        The session counts from when the mail was written: who has the mail of last week has not proved today who they are.
        """
        contact = (await self._contacts.get_many([link.person_id], tx)).get(link.person_id)
        if contact is None or contact.mailbox is None or not await self.opens(token, link, tx.now):
            return None
        person_ids = await self._person_ids([contact], "", tx)
        if not await self._requests.use_page_link(token, person_ids, link.at + LIFETIME, tx):
            return None
        if before:
            await self._sessions.end(before, tx)
        return await self._sessions.start(person_ids, tx, browser=browser, since=link.at)


def refuse_too_many(counts: Counts, now: datetime) -> None:
    """Raises ``TooMany`` if there were too many requests from one network, or in all."""
    if counts.too_many:
        log.warning("sign_in_refused", from_network=counts.from_network, in_all=counts.in_all)
        wait = window_start(now) + WINDOW - now
        raise TooMany("too many people are signing in; try again later", retry_after=max(1, ceil(wait.total_seconds())))
