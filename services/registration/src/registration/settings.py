"""Settings of the registration service, read from the environment."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from shared.contract.events.fields import Line
from shared.encryption import checked
from shared.server_settings import Brokers
from shared.settings import Key, OwnUrl, Seconds, ServiceSettings


def _usable(keys: SecretStr) -> SecretStr:
    checked(keys)
    return keys


class Settings(ServiceSettings):
    """Registration's own settings. ``ServiceSettings`` has those of every service."""

    port: int = Field(default=8001, ge=1, le=65_535, description="the port to listen on")
    person_key: Key = Field(
        description="turns addresses into person ids; must be the same as in listings. Make one with: openssl rand -hex 32"
    )
    issuer_url: OwnUrl | None = Field(
        default=None,
        description="the public URL of this service, such as https://desk.example.org: credentials name it as their issuer, "
        "and résumés as the place of the portfolio. Keep it stable, as credentials are verified there. Empty: none are issued",
    )
    issuer_name: Line = Field(default="Opportunity Desk", description="the issuer's name in credentials")
    publishers_kafka_servers: Brokers = Field(
        default="", description="the brokers that /docs/publish names, if they differ from the service's own"
    )
    secrets_key: Annotated[SecretStr, AfterValidator(_usable)] = Field(
        description="encrypts the secrets and tokens of connections, and the keys that sign credentials: 32 bytes in URL-safe "
        "Base64. Make one with: openssl rand -base64 32 | tr '+/' '-_'. To change it, put the new key before the old one, "
        "comma-separated, and run `python -m registration secrets rekey`"
    )
    fetch_private_networks: bool = Field(
        default=False,
        description="also fetch from systems in private networks or without TLS",
    )
    fetch_seconds: Seconds = Field(default=10, description="how long another system's API may take to respond")
    upload_bytes: int = Field(
        default=1024**3,
        ge=1024**2,
        le=1024**4,
        description="the most bytes of an attendance file, and of all waiting files of a conference",
    )
    webhook_retry_seconds: Seconds = Field(
        default=5, description="pause before a failed webhook is processed again; doubles with each one, up to an hour"
    )
    webhook_attempts: int = Field(
        default=12,
        ge=1,
        le=1000,
        description="how many attempts a webhook gets before it counts as failed and waits for an operator",
    )
    pending_events: int = Field(
        default=500_000,
        ge=0,
        le=1_000_000_000,
        description="the most pending events of all sources; further ones are dead-lettered",
    )
    pending_bytes: int = Field(
        default=1024**3,
        ge=0,
        le=1024**4,
        description="the most bytes of pending events of all sources; further ones are dead-lettered",
    )
    pending_days: float = Field(
        default=30,
        gt=0,
        le=3650,
        description="how long an event may be pending, while its conference or session is not announced",
    )
    turnout_seconds: Seconds = Field(
        default=180,
        description="pause between counts of the turnout; longer if counting is slow, so that it takes at most a twentieth of "
        "the time",
    )

    @property
    def own_urls(self) -> tuple[str, ...]:
        return (*super().own_urls, *((self.issuer_url,) if self.issuer_url else ()))
