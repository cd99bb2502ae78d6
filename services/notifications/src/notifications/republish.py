"""What notifications takes over from its topics after its database was restored. It publishes nothing that has versions."""

from notifications.contacts.repository import Contacts
from notifications.contacts.use_cases.recall import SentMails
from notifications.messages.repository.messages import Messages
from notifications.settings import Settings
from notifications.sign_in.passkeys.repository import Passkeys
from notifications.sign_in.repository import OperatorIds, SignInRequests, StartedSessions
from notifications.sign_in.use_cases.sessions import Sessions
from shared.contract.topics import DELIVERIES, SESSIONS, SIGNING_KEYS
from shared.database.mongo import Database
from shared.database.signing_keys import SigningKeys
from shared.encryption import Cipher
from shared.messaging.republishing import Recalled, Republished
from shared.web.access.session_copies import SessionCopies


def republish(database: Database, settings: Settings) -> tuple[list[Recalled], list[Republished]]:
    """Which mails were sent, which sessions have ended, and which keys were revoked."""
    db = database.db
    sessions = Sessions(
        SigningKeys(db, Cipher(settings.session_key, "SESSION_KEY")),
        SessionCopies(db),
        SignInRequests(db, settings.unsubscribe_key),
        OperatorIds(db),
        Passkeys(db),
        StartedSessions(db),
    )
    return [
        Recalled(DELIVERIES, SentMails(Messages(db), Contacts(db)).recall),
        Recalled(SIGNING_KEYS, sessions.recall),
        Recalled(SESSIONS, sessions.recall),
    ], []
