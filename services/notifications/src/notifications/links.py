"""The links in a mail that lead back here, each with a signed token, so that nobody can unsubscribe somebody else."""

from itsdangerous import BadData, URLSafeSerializer
from pydantic import SecretStr


class Links:
    """Makes and reads the links of attendees. They need no log-in and do not expire: a mail may be read years later."""

    def __init__(self, public_url: str, key: SecretStr) -> None:
        self._public_url = public_url
        self._serializer = URLSafeSerializer(key.get_secret_value(), salt="unsubscribe")

    def unsubscribe(self, attendee_id: str) -> str:
        """The address of the page where this attendee unsubscribes."""
        token = self._serializer.dumps(attendee_id)
        return f"{self._public_url}/unsubscribe/{token if isinstance(token, str) else token.decode()}"

    def attendee_id(self, token: str) -> str | None:
        """Whose token this is; None where it is not one of ours."""
        try:
            return str(self._serializer.loads(token))
        except BadData:
            return None
