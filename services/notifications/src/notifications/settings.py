"""Settings of the notifications service, read from the environment."""

from datetime import timedelta
from email.utils import parseaddr
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator, model_validator

from notifications.digest_times import Frequency
from notifications.links import Links
from notifications.smtp_server import SmtpServer
from shared.encryption import checked
from shared.persons import normalise_email
from shared.settings import Key, Keys, OwnUrl, Seconds, ServiceSettings
from shared.urls import by_commas, host_pattern
from shared.wording.languages import Language


class Settings(ServiceSettings):
    """The settings of this service, besides those that every service has (``ServiceSettings``)."""

    port: int = Field(default=8004, ge=1, le=65_535, description="the port to listen on")

    mail_from: str = Field(description='the sender: desk@example.org or "Opportunity Desk <desk@example.org>"')
    public_url: OwnUrl = Field(
        description="where browsers reach the site, which all services share, such as https://desk.example.org"
    )
    unsubscribe_key: Keys = Field(
        description="signs the links in mails, and hashes suppressed addresses. Make one with: openssl rand -hex 32. To change "
        "it, "
        "put the new key before the old one, comma-separated: links and hashes of the old one stay valid while it is in the list"
    )
    session_key: SecretStr = Field(
        description="encrypts the keys that sign sessions: 32 bytes in URL-safe Base64. With a different one, new signing keys "
        "are created, and people stay signed in. Make one with: openssl rand -base64 32 | tr '+/' '-_'"
    )
    operator_emails: str = Field(
        default="",
        description="addresses, comma-separated, that sign in as operators of the platform, even if nobody registered them. "
        "Removing an address signs it out at the next start",
    )
    person_key: Key | None = Field(
        default=None,
        description="turns addresses into person ids; must be the same as in registration. Required with OPERATOR_EMAILS",
    )
    mail_language: Language = Field(default="en", description="the language of people whose own is unknown or unavailable")
    mail_time_zone: str = Field(default="UTC", description="the time zone, by its IANA name, of people whose own is unknown")
    link_hosts: str = Field(
        default="",
        description="hosts that links of listings may lead to, comma-separated; *.example.org: all subdomains, *: any",
    )
    digest_frequency: Frequency = Field(
        default="daily", description="how often people get a digest of matches unless they choose: instant, daily or weekly"
    )
    gather_seconds: float = Field(
        default=30, ge=0, le=86_400, description="how long changes for one attendee are gathered into one mail"
    )
    stranger_mails_per_day: int = Field(
        default=50,
        ge=1,
        le=1_000_000,
        description="the most hosts to which one applicant may cause mails in a day, the most nominees to whom one mentor may, "
        "and the most mails that one application may cause",
    )
    keep_days: int = Field(default=30, ge=1, le=400, description="how long sent mails can be read in the browser")
    # Half a year at least: a seat may wait that long for its placement, and nobody should be introduced twice.
    keep_records_days: int = Field(
        default=400,
        ge=180,
        le=3650,
        description="how long records of mails, and of completed applications, placements, rounds and nominations, are kept",
    )

    smtp_url: SecretStr = Field(
        default=SecretStr("smtp://127.0.0.1:1025"),
        description="smtp://[user:password@]host[:port], smtps:// (TLS from the start) or smtp+starttls://",
    )
    smtp_connections: int = Field(default=4, ge=1, le=50, description="connections per instance for digests and announcements")
    transactional_connections: int = Field(default=4, ge=1, le=50, description="connections per instance for all other mails")
    domain_connections: int = Field(
        default=0,
        ge=0,
        le=50,
        description="the most mails of each lane that one instance sends at a time to one recipient domain; 0: no limit, "
        "because a relay has its own limits for each provider",
    )
    mails_per_second: float = Field(
        default=0, ge=0, le=1_000_000, description="the most mails of each lane that one instance sends in a second; 0: no limit"
    )
    smtp_seconds: Seconds = Field(
        default=60,
        description="how long the mail server may take for each step: connecting, the addresses, the text. If this is too "
        "short, a server that scans for viruses first may get a mail twice",
    )
    mail_retry_seconds: Seconds = Field(
        default=5, description="average pause before the first retry of a mail; doubles with each one, up to an hour"
    )
    give_up_hours: float = Field(default=48, gt=0, le=8760, description="how long a mail is retried before it counts as failed")
    lease_seconds: Seconds = Field(
        default=120, description="how long an instance may hold a mail before another instance takes over"
    )

    bounce_address: str = Field(
        default="",
        description="where bounces go, such as bounces@example.org. Its server must also accept bounces+anything@ and pass "
        "both to POST /inbound. Empty: bounces go to the sender and are not read",
    )
    inbound_key: Keys | None = Field(
        default=None,
        description="the key with which a mail server passes on bounces and complaints (POST /inbound). Required with "
        "BOUNCE_ADDRESS. To change it, list several, comma-separated: all are accepted",
    )
    soft_bounces: int = Field(default=5, ge=1, le=1000, description="how many soft bounces in a row suppress an address")

    @field_validator("session_key")
    @classmethod
    def _keys(cls, keys: SecretStr) -> SecretStr:
        checked(keys)
        return keys

    @field_validator("mail_from")
    @classmethod
    def _one_address(cls, text: str) -> str:
        if any(ord(character) < 32 for character in text):
            raise ValueError("must be a single line")
        name, address = parseaddr(text)
        local = address.removesuffix("@localhost")
        if local == address:
            normalise_email(address)
        return text if name else address

    @field_validator("operator_emails")
    @classmethod
    def _addresses(cls, text: str) -> str:
        # In their normal form, in which addresses are compared
        return ",".join(dict.fromkeys(map(normalise_email, by_commas(text))))

    @field_validator("bounce_address")
    @classmethod
    def _an_address(cls, text: str) -> str:
        address = normalise_email(text) if text else ""
        Links("", SecretStr(""), address)
        return address

    @field_validator("smtp_url")
    @classmethod
    def _a_mail_server(cls, url: SecretStr) -> SecretStr:
        SmtpServer.parse(url)
        return url

    @field_validator("link_hosts")
    @classmethod
    def _hosts(cls, text: str) -> str:
        # A wrong host would match no link, so mails would silently lack theirs.
        try:
            for host in by_commas(text):
                host_pattern(host)
        except ValueError:
            raise ValueError(
                "must be host names, comma-separated, without scheme, port and path: jobs.example.org, *.example.net; or *"
            ) from None
        return text

    @field_validator("mail_time_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ValueError, OSError, KeyError):
            raise ValueError("must be a time zone by its IANA name, such as Europe/Prague") from None
        return name

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.keep_records_days < self.keep_days:
            raise ValueError("KEEP_RECORDS_DAYS must be at least KEEP_DAYS: without its record, a mail cannot be read")
        if self.lease_seconds < 2 * self.smtp_seconds:
            raise ValueError("LEASE_SECONDS must be at least twice SMTP_SECONDS, or a slow mail would be sent by two instances")
        if self.bounce_address and self.inbound_key is None:
            raise ValueError(
                "INBOUND_KEY must be set if BOUNCE_ADDRESS is, or no bounce could be passed on and read; "
                "set both, or leave BOUNCE_ADDRESS empty"
            )
        if self.operator_emails and self.person_key is None:
            raise ValueError(
                "PERSON_KEY must be set if OPERATOR_EMAILS is: operators have person ids, too; set both, or leave "
                "OPERATOR_EMAILS empty"
            )
        return self

    @property
    def operator_addresses(self) -> tuple[str, ...]:
        return by_commas(self.operator_emails)

    @property
    def gather(self) -> timedelta:
        return timedelta(seconds=self.gather_seconds)

    @property
    def keep(self) -> timedelta:
        return timedelta(days=self.keep_days)

    @property
    def keep_records(self) -> timedelta:
        return timedelta(days=self.keep_records_days)

    @property
    def allowed_link_hosts(self) -> tuple[str, ...]:
        return by_commas(self.link_hosts)
