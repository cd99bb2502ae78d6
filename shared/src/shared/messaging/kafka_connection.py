"""How the service's clients connect to Kafka: the addresses of the brokers, TLS, and the login. In one place for all clients."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any, Final
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from aiokafka.abc import AbstractTokenProvider
from aiokafka.helpers import create_ssl_context
from faststream.security import BaseSecurity, SASLOAuthBearer, SASLPlaintext, SASLScram256, SASLScram512

from shared.server_settings import KafkaSettings, tls_files

TOKEN_SECONDS: Final = 10.0
"""How long the token's server may take."""
_RENEWED_BEFORE: Final = 30.0
"""So many seconds before it expires, a token is not used any more."""
_MOST_TOKEN_BYTES: Final = 64 * 1024
_BY_PASSWORD: Final = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}


def client_options(settings: KafkaSettings) -> dict[str, Any]:
    """The options by which each client of ``aiokafka`` connects. To be made inside the event loop."""
    protocol = settings.kafka_security_protocol
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_bootstrap_servers,
        "security_protocol": protocol,
        "ssl_context": _ssl_context(settings),
    }
    if protocol.startswith("SASL"):
        options["sasl_mechanism"] = settings.kafka_sasl_mechanism
        if settings.kafka_sasl_mechanism == "OAUTHBEARER":
            options["sasl_oauth_token_provider"] = token_provider(settings)
        else:
            options["sasl_plain_username"] = settings.kafka_sasl_username
            options["sasl_plain_password"] = settings.kafka_sasl_password.get_secret_value()
    return options


def broker_options(settings: KafkaSettings) -> dict[str, Any]:
    """The same for FastStream's broker, in its own words."""
    security: BaseSecurity
    context, tls = _ssl_context(settings), settings.kafka_security_protocol.endswith("SSL")
    if not settings.kafka_security_protocol.startswith("SASL"):
        security = BaseSecurity(ssl_context=context, use_ssl=tls)
    elif settings.kafka_sasl_mechanism == "OAUTHBEARER":
        security = SASLOAuthBearer(ssl_context=context, use_ssl=tls)
        return {"security": security, "sasl_oauth_token_provider": token_provider(settings)}
    else:
        kind = _BY_PASSWORD[settings.kafka_sasl_mechanism]
        password = settings.kafka_sasl_password.get_secret_value()
        security = kind(username=settings.kafka_sasl_username, password=password, ssl_context=context, use_ssl=tls)
    return {"security": security}


def _ssl_context(settings: KafkaSettings) -> Any:
    return create_ssl_context(**tls_files(settings)) if settings.kafka_security_protocol.endswith("SSL") else None


def token_provider(settings: KafkaSettings) -> AbstractTokenProvider:
    """Where the token of OAUTHBEARER comes from: a file, or an authorization server."""
    if settings.kafka_oauth_token_file:
        return TokenFile(Path(settings.kafka_oauth_token_file))
    return ClientCredentials(settings)


class TokenFile(AbstractTokenProvider):  # type: ignore[misc]
    """A token that somebody else keeps fresh in a file, such as Kubernetes does for service accounts."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def token(self) -> str:
        """Raises ``OSError`` where the file cannot be read."""
        return (await asyncio.to_thread(self._path.read_text)).strip()


class ClientCredentials(AbstractTokenProvider):  # type: ignore[misc]
    """Tokens for the client's id and secret (RFC 6749, section 4.4), each used until shortly before it expires."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._token = ""
        self._usable_until = 0.0
        self._one_at_a_time = asyncio.Lock()

    async def token(self) -> str:
        """Raises ``ConnectionError`` where the authorization server gives none."""
        async with self._one_at_a_time:
            if time.monotonic() >= self._usable_until:
                self._token, lifetime = await asyncio.to_thread(self._fetch)
                self._usable_until = time.monotonic() + lifetime - _RENEWED_BEFORE
            return self._token

    def _fetch(self) -> tuple[str, float]:
        """A new token, and for how many seconds it is valid."""
        settings = self._settings
        form = {
            "grant_type": "client_credentials",
            "client_id": settings.kafka_sasl_username,
            "client_secret": settings.kafka_sasl_password.get_secret_value(),
            **({"scope": settings.kafka_oauth_scope} if settings.kafka_oauth_scope else {}),
        }
        request = Request(settings.kafka_oauth_token_url, urlencode(form).encode(), {"Accept": "application/json"})  # noqa: S310
        context = _ssl_context(settings) if settings.kafka_oauth_token_url.startswith("https:") else None
        try:
            with urlopen(request, timeout=TOKEN_SECONDS, context=context) as response:  # noqa: S310
                answer = json.loads(response.read(_MOST_TOKEN_BYTES))
            return str(answer["access_token"]), float(answer.get("expires_in", 60))
        except (URLError, OSError, ValueError, KeyError, TypeError) as error:
            raise ConnectionError(f"KAFKA_OAUTH_TOKEN_URL gave no token: {type(error).__name__}: {error}") from error
