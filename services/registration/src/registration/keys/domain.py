"""API keys as registration issues them: which ones are valid, and what one key may grant to another."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from registration.systems.connection import SYSTEMS
from shared.contract.events.registration import KeyChanged
from shared.web.access.keys import ApiKey
from shared.web.access.scopes import SCOPES, Scope, scopes_of

# Sources of the events that registration makes from connections and files. Only registration may take those events back.
_OWN_SOURCE: Final = re.compile(rf"({'|'.join((*SYSTEMS, 'csv'))}):")
_IN_THE_NAME_OF_A_SOURCE: Final = scopes_of("registration")

PERSONAL_KEY_DAYS: Final = 30
"""How long a personal key is valid, unless the operator says otherwise. Other keys are valid until revoked."""
MOST_PERSONAL_KEY_DAYS: Final = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Key(ApiKey):
    """A key and what it allows. A key for one conference or organization may act for that one only."""

    name: str
    attendee_id: str | None = None
    events_per_minute: int
    created_at: datetime

    @property
    def attendee_ids(self) -> frozenset[str] | None:
        """The attendee to whom a personal key belongs; None for any other key, which may act for all."""
        return None if self.attendee_id is None else frozenset({self.attendee_id})

    @property
    def published(self) -> bool:
        """Whether the other services get a copy. They get none of personal keys, which are only valid for ``/me`` here."""
        return "me" not in self.scopes

    def changed(self) -> KeyChanged:
        """The event that announces the key to the other services."""
        return KeyChanged(
            key_id=self.id,
            version=self.version,
            digest=self.digest.hex(),
            scopes=sorted(self.scopes),
            conference_id=self.conference_id,
            organization_id=self.organization_id,
            expires_at=self.expires_at,
            revoked_at=self.revoked_at,
            source=self.source,
        )

    def faults(self) -> list[tuple[str, str]]:
        """The fields that make no sense, each with what was expected."""
        faults = []
        if not self.scopes:
            faults.append(("scopes", f"name at least one of: {', '.join(SCOPES)}"))
        if self.expires_at and self.expires_at <= self.created_at:
            faults.append(("expires_at", "is in the past"))
        if ("me" in self.scopes) != (self.attendee_id is not None):
            faults.append(
                ("attendee_id", "is needed with the scope 'me', and only then: it says whose data the key gives access to")
            )
        others = self.scopes - {"me"}
        bound = self.conference_id or self.organization_id or self.source
        if "me" in self.scopes and (len(self.scopes) > 1 or bound):
            faults.append(("scopes", "'me' cannot be combined with other scopes, a conference, an organization or a source"))
        if self.conference_id and not self.source and others & _IN_THE_NAME_OF_A_SOURCE:
            faults.append(("source", "is missing: a key bound to a conference publishes in the name of one source only"))
        if self.conference_id and (excess := {scope for scope in others if not SCOPES[scope].conference}):
            faults.append(("scopes", f"not for a key bound to a conference: {', '.join(sorted(excess))}"))
        if self.organization_id and (excess := {scope for scope in others if not SCOPES[scope].organization}):
            faults.append(("scopes", f"not for a key bound to an organization: {', '.join(sorted(excess))}"))
        if self.source and _OWN_SOURCE.match(self.source):
            faults.append(("source", "begins like the sources of connections and files; choose another one"))
        return faults

    @property
    def issuable(self) -> frozenset[Scope]:
        """The scopes of the keys that it may see, issue and revoke, if it has the scope ``keys``."""
        # A key that may see and change everybody's data may issue a key by which one person sees and changes their own.
        return self.scopes | ({"me"} if "people" in self.scopes else set())

    def excess(self, issuer: "Key") -> list[tuple[str, str]]:
        """The fields that allow more than the issuer's key, including lifetime and rate, each with what was expected."""
        excess = self.beyond(issuer)
        if issuer.expires_at and (self.expires_at is None or self.expires_at > issuer.expires_at):
            excess.append(("expires_at", f"the issuing key expires at {issuer.expires_at.isoformat()}"))
        if self.events_per_minute > issuer.events_per_minute:
            excess.append(("events_per_minute", f"the issuing key has {issuer.events_per_minute:,}"))
        return excess

    def beyond(self, issuer: "Key") -> list[tuple[str, str]]:
        """The fields in scopes and bindings that allow more than the issuer's key, each with what was expected."""
        excess = []
        if beyond := self.scopes - issuer.issuable:
            excess.append(("scopes", f"the issuing key does not have: {', '.join(sorted(beyond))}"))
        for field, its, given in (
            ("conference_id", issuer.conference_id, self.conference_id),
            ("organization_id", issuer.organization_id, self.organization_id),
            ("source", issuer.source, self.source),
        ):
            if its not in (None, given):
                excess += [(field, f"the issuing key is for {its!r} only")]
        return excess
