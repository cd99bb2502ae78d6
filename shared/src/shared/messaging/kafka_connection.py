"""How the service's clients connect to Kafka: the addresses of the brokers, TLS, and the login. In one place for all clients."""

import asyncio
import json
import time
from collections.abc import Collection
from functools import lru_cache
from ssl import VERIFY_X509_STRICT, SSLContext
from typing import Any, Final
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from aiokafka.abc import AbstractTokenProvider
from aiokafka.helpers import create_ssl_context

from shared.server_settings import KafkaSettings, read_file, tls_files

TOKEN_SECONDS: Final = 10.0
"""How long the authorization server may take."""
_RENEWED_BEFORE: Final = 30.0
"""So many seconds before it expires, a token is not used any more."""
_LONGEST_USE: Final = 3600.0
"""In seconds, whatever lifetime the authorization server gives."""
_MAX_TOKEN_BYTES: Final = 64 * 1024


def client_options(settings: KafkaSettings) -> dict[str, Any]:
    """The options by which each client of ``aiokafka`` connects. To be made inside the event loop."""
    protocol, mechanism = settings.kafka_security_protocol, settings.kafka_sasl_mechanism
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_bootstrap_servers,
        "security_protocol": protocol,
        "ssl_context": not_strict(create_ssl_context(**tls_files(settings))) if protocol.endswith("SSL") else None,
    }
    if not protocol.startswith("SASL"):
        return options
    if mechanism == "OAUTHBEARER":
        return options | {"sasl_mechanism": mechanism, "sasl_oauth_token_provider": _token_provider(settings)}
    password = settings.kafka_sasl_password.get_secret_value()
    login = {"sasl_plain_username": settings.kafka_sasl_username, "sasl_plain_password": password}
    return options | {"sasl_mechanism": mechanism} | login


def not_strict(context: SSLContext) -> SSLContext:
    """The context, taking certificates without fields that tell nothing about whom to trust.

    From Python 3.13 on, a certificate is refused unless it names the key of its authority. Those of brokers under Strimzi do not.
    Their authority, name and dates are checked all the same.
    """
    context.verify_flags &= ~VERIFY_X509_STRICT
    return context


def _token_provider(settings: KafkaSettings) -> AbstractTokenProvider:
    """Where the token of OAUTHBEARER comes from: a file, or an authorization server."""
    if settings.kafka_oauth_token_file:
        return TokenFile(settings.kafka_oauth_token_file)
    form = {
        "grant_type": "client_credentials",
        "client_id": settings.kafka_sasl_username,
        "client_secret": settings.kafka_sasl_password.get_secret_value(),
        **({"scope": settings.kafka_oauth_scope} if settings.kafka_oauth_scope else {}),
    }
    return _client_credentials(settings.kafka_oauth_token_url, urlencode(form), tuple(tls_files(settings).items()))


class TokenFile(AbstractTokenProvider):  # type: ignore[misc]
    """A token that somebody else keeps fresh in a file, such as Kubernetes does for service accounts."""

    def __init__(self, path: str) -> None:
        self._path = path

    async def token(self) -> str:
        """Raises ``ConnectionError`` where the file holds no text that can be read."""
        try:
            return (await asyncio.to_thread(read_file, self._path)).decode().strip()
        except ValueError as error:
            raise ConnectionError(f"KAFKA_OAUTH_TOKEN_FILE {error}") from error


class ClientCredentials(AbstractTokenProvider):  # type: ignore[misc]
    """Tokens for a client's id and secret (RFC 6749, section 4.4), each used until shortly before it expires."""

    def __init__(self, url: str, form: str, tls: Collection[tuple[str, Any]], seconds: float = TOKEN_SECONDS) -> None:
        """``form`` is the body of the request, ``tls`` the files of TLS as in ``tls_files``, ``seconds`` how long to wait."""
        self._url = url
        self._form = form
        self._tls = tls
        self._seconds = seconds
        self._token = ""
        self._usable_until = 0.0

    async def token(self) -> str:
        """Raises ``ConnectionError`` where the authorization server gives none in time."""
        if time.monotonic() >= self._usable_until:
            try:
                async with asyncio.timeout(self._seconds):
                    self._token, lifetime = await asyncio.to_thread(self._fetch)
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise ConnectionError(f"KAFKA_OAUTH_TOKEN_URL gave no token: {type(error).__name__}: {error}") from error
            self._usable_until = time.monotonic() + lifetime - _RENEWED_BEFORE
        return self._token

    def _fetch(self) -> tuple[str, float]:
        """A new token, and for how many seconds it is valid."""
        request = Request(self._url, self._form.encode(), {"Accept": "application/json"})  # noqa: S310 - an operator's setting
        context = create_ssl_context(**dict(self._tls)) if self._url.startswith("https:") else None
        with urlopen(request, timeout=self._seconds, context=context) as response:  # noqa: S310
            answer = json.loads(response.read(_MAX_TOKEN_BYTES))
        # A number that is none (NaN) would never expire.
        return str(answer["access_token"]), min(max(0.0, float(answer.get("expires_in", 60))), _LONGEST_USE)


_client_credentials = lru_cache(maxsize=4)(ClientCredentials)
"""One for all clients of a process: those that read dead letters or erase persons live for seconds only."""
