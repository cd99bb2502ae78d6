"""Settings of the notifications service, read from the environment."""

from datetime import timedelta
from email.utils import parseaddr
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator

from notifications.smtp import Server
from shared.persons import normalise_email
from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """See ``ServiceSettings`` for what every service has."""

    port: int = 8004
    smtp_url: SecretStr = Field(
        default=SecretStr("smtp://127.0.0.1:1025"),
        description="smtp://[user:password@]host[:port], smtps:// (TLS from the start) or smtp+starttls://",
    )
    smtp_connections: int = Field(default=4, ge=1, le=50, description="mails that one instance sends at the same time")
    smtp_seconds: float = Field(default=30, gt=0, description="how long the mail server may take to connect, and for each mail")
    mail_from: str = Field(description='the sender: desk@example.org or "Opportunity Desk <desk@example.org>"')
    public_url: str = Field(pattern=r"^https?://[^\s\"'<>?#]+$", description="where attendees' browsers reach this service")
    unsubscribe_key: SecretStr = Field(
        min_length=16, description="signs the links to unsubscribe; a new key makes old links void"
    )
    gather_seconds: float = Field(default=30, ge=0, description="how long the changes of one attendee are gathered into one mail")
    mail_retry_seconds: float = Field(
        default=5, gt=0, description="wait before a mail is first tried again; doubles with each, up to an hour"
    )
    give_up_hours: float = Field(default=48, gt=0, description="how long a mail is tried again before it counts as failed")
    lease_seconds: float = Field(default=120, gt=0, description="after which another instance takes over a mail in hand")

    @field_validator("mail_from")
    @classmethod
    def _one_address(cls, text: str) -> str:
        if any(ord(character) < 32 for character in text):
            raise ValueError("must be one line")
        name, address = parseaddr(text)
        local = address.removesuffix("@localhost")
        if local == address:
            normalise_email(address)
        return text if name else address

    @field_validator("public_url")
    @classmethod
    def _without_slash(cls, url: str) -> str:
        return url.rstrip("/")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        Server.parse(self.smtp_url)
        if self.lease_seconds < 2 * self.smtp_seconds:
            raise ValueError("LEASE_SECONDS must be at least twice SMTP_SECONDS, or a slow mail would be sent by two instances")
        return self

    @property
    def gather(self) -> timedelta:
        return timedelta(seconds=self.gather_seconds)
