"""The links in a mail that lead back here, each with a signed token, so that nobody can unsubscribe somebody else."""

import hashlib

from itsdangerous import BadSignature, Signer
from pydantic import SecretStr


class Links:
    """Makes and reads the links of attendees. They need no log-in and do not expire: a mail may be read years later."""

    def __init__(self, public_url: str, key: SecretStr) -> None:
        self._public_url = public_url
        self._signer = Signer(key.get_secret_value(), salt="unsubscribe", digest_method=hashlib.sha256)

    def unsubscribe(self, attendee_id: str) -> str:
        """The address of the page where this attendee unsubscribes."""
        return f"{self._public_url}/unsubscribe/{self._signer.sign(attendee_id).decode()}"

    def attendee_id(self, token: str) -> str | None:
        """Whose token this is; None where it is not one of ours."""
        try:
            return self._signer.unsign(token).decode()
        except BadSignature:
            return None
