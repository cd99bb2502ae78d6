"""Mails that tell a person that a passkey was added or removed: somebody else may have done it."""

from notifications.contacts.domain import Contact
from notifications.contacts.repository import Contacts
from notifications.mail.content import Mailbox, MailContent
from notifications.mail_kinds import KINDS
from notifications.sign_in.domain import Operators, new_id
from notifications.sign_in.passkeys.domain.records import Passkey
from notifications.sign_in.use_cases.mail_queue import Cause, MailQueue
from shared.database.mongo import Tx
from shared.logging import correlation_id


class PasskeyNotices:
    """Queues these mails, in the transaction of the change."""

    def __init__(self, contacts: Contacts, operators: Operators, mails: MailQueue, account_url: str) -> None:
        self._contacts = contacts
        self._operators = operators
        self._mails = mails
        self._account_url = account_url

    async def added(self, passkey: Passkey, locale: str, tx: Tx) -> None:
        """Tell of a new passkey. ``locale`` is the language of the browser."""
        await self._tell("passkey_added", passkey, locale, tx)

    async def removed(self, passkey: Passkey, locale: str, tx: Tx) -> None:
        """Tell that a passkey was removed."""
        await self._tell("passkey_removed", passkey, locale, tx)

    async def _tell(self, kind: str, passkey: Passkey, locale: str, tx: Tx) -> None:
        id = passkey.person_id
        contact = (await self._contacts.get_many({id}, tx)).get(id) or Contact(id)
        email = self._operators.email(id)
        mailbox = contact.mailbox or (Mailbox(email, "") if email else None)
        if mailbox is None:
            return
        change = new_id()
        cause = Cause(f"{kind}/{change}", correlation_id.get() or change, tx.now + KINDS[kind].worth, locale)
        content = MailContent(passkey=passkey.name, account_url=self._account_url)
        await self._mails.add(kind, contact, mailbox, content, cause, tx)
