"""Credentials of completed placements, in the form of Open Badges 3.0 and W3C Verifiable Credentials 2.0. Pure.

Sources: Open Badges Specification 3.0 (1EdTech), whose appendix B has the fields; Verifiable Credentials Data Model 2.0 and
Bitstring Status List 1.0 (W3C).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from registration.portfolio.domain import esco
from registration.portfolio.domain.placements import COMPLETED, Placement
from registration.portfolio.domain.status_list import StatusList
from shared.refusals import Conflict
from shared.signing_keys import PublicKey
from shared.worded import Worded

_CREDENTIALS: Final = "https://www.w3.org/ns/credentials/v2"
CONTEXT: Final = (_CREDENTIALS, "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json")
"""The vocabularies of credentials and of their issuer's profile."""
MOST_SKILLS: Final = 50
"""The most skills in one credential, so that it stays small."""
LIST_LASTS: Final = timedelta(days=1)
"""How long a status list may be used. It is signed again every hour."""
LIST_SECONDS: Final = 300
"""How long, in seconds, a status list may be cached."""
_CRITERIA: Final = (
    "The host confirmed that the placement was completed. A mentor of the host named the skills that were gained, and the "
    "attendee confirmed them."
)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Issuer:
    """The issuer of credentials: this platform."""

    url: str
    """The service's public address."""
    name: str

    @property
    def id(self) -> str:
        return f"{self.url}/issuer"

    def key_id(self, id: str) -> str:
        """The address at which this key is published."""
        return f"{self.id}/keys/{id}"

    def list_id(self, id: str) -> str:
        """The address at which this status list is published."""
        return f"{self.id}/status/{id}"

    def profile(self) -> Json:
        """The issuer as each credential names it."""
        return {"id": self.id, "type": ["Profile"], "name": self.name, "url": self.url}


@dataclass(frozen=True, slots=True)
class Recipient:
    """The recipient of a credential, as they want to be named in it."""

    name: str
    email: str = ""
    """The recipient's address, or "". The credential contains only a salted hash of it."""
    salt: str = ""

    def identifiers(self) -> list[Json]:
        """The recipient in the form of ``IdentityObject``."""
        made: list[Json] = [
            {"type": "IdentityObject", "hashed": False, "identityHash": self.name, "identityType": "name"},
        ]
        if self.email:
            digest = sha256((self.email + self.salt).encode()).hexdigest()
            made.append(
                {
                    "type": "IdentityObject",
                    "hashed": True,
                    "identityHash": f"sha256${digest}",
                    "identityType": "emailAddress",
                    "salt": self.salt,
                }
            )
        return made


def skills_of(placement: Placement) -> list[tuple[str, int | None]]:
    """The skills in the placement's credential: the confirmed ones, highest levels first."""
    return sorted(placement.gained, key=lambda skill: -(skill[1] or 0))[:MOST_SKILLS]


def check(placement: Placement) -> None:
    """Raises ``Conflict`` if the placement is not eligible for a credential."""
    if placement.state != COMPLETED:
        raise Conflict(
            Worded("a placement that is %(state)s gets no credential; wait until it is completed", state=repr(placement.state))
        )
    if placement.title is None or placement.organization is None:
        raise Conflict(Worded("the title and host of this placement are not known yet; try again in a minute"))


def credential(placement: Placement, issuer: Issuer, id: UUID, recipient: Recipient, now: datetime) -> Json:
    """The content of the credential with this id, without its status. The placement must pass ``check``."""
    skills = skills_of(placement)
    completed = {
        "id": _part_of(id, "completed"),
        "type": ["ResultDescription"],
        "name": "State of the placement",
        "resultType": "Status",
    }
    levels = [
        {
            "id": _part_of(id, f"skill {number}"),
            "type": ["ResultDescription"],
            "name": term,
            "resultType": "PerformanceLevel",
            "allowedValue": ["1", "2", "3", "4", "5"],
        }
        for number, (term, level) in enumerate(skills)
        if level
    ]
    values = [str(level) for _, level in skills if level]
    achievement: Json = {
        "id": _part_of(id, "achievement"),
        "type": ["Achievement"],
        "achievementType": "Fieldwork",
        "name": placement.title,
        "description": f"{placement.title}: a placement at {placement.organization}",
        "criteria": {"narrative": _CRITERIA},
        "resultDescription": [completed, *levels],
    }
    if skills:
        achievement["tag"] = [term for term, _ in skills]
    if alignments := [_alignment(found) for term, _ in skills if (found := esco.find(term))]:
        achievement["alignment"] = alignments
    subject: Json = {
        "id": _part_of(id, "subject"),
        "type": ["AchievementSubject"],
        "identifier": recipient.identifiers(),
        "role": placement.title,
        "source": {
            "id": uuid5(NAMESPACE_URL, f"{issuer.url}/hosts/{placement.organization_id}").urn,
            "type": ["Profile"],
            "name": placement.organization,
        },
        "achievement": achievement,
        "result": [
            {"type": ["Result"], "resultDescription": completed["id"], "status": "Completed"},
            *(
                {"type": ["Result"], "resultDescription": level["id"], "value": value}
                for level, value in zip(levels, values, strict=True)
            ),
        ],
    }
    days = {"activityStartDate": placement.starts, "activityEndDate": placement.ends}
    return {
        "@context": [*CONTEXT],
        "id": id.urn,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": placement.title,
        "issuer": issuer.profile(),
        "validFrom": moment(now),
        "credentialSubject": subject | {name: _midnight(day) for name, day in days.items() if day},
    }


def status(issuer: Issuer, list_id: str, index: int) -> Json:
    """The ``credentialStatus``: where to look up whether a credential was revoked."""
    url = issuer.list_id(list_id)
    return {
        "id": f"{url}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(index),
        "statusListCredential": url,
    }


def hour_of(now: datetime) -> datetime:
    """The beginning of this hour, as of which status lists are signed."""
    return now.replace(minute=0, second=0, microsecond=0)


def status_list(found: StatusList, issuer: Issuer, now: datetime) -> Json:
    """The credential that holds a status list, as of the beginning of this hour."""
    url, since = issuer.list_id(found.id), hour_of(now)
    return {
        "@context": [_CREDENTIALS],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer.id,
        "validFrom": moment(since),
        "validUntil": moment(since + LIST_LASTS),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": found.encoded(),
            "ttl": LIST_SECONDS * 1000,
        },
    }


def public_jwk(key: PublicKey, issuer: Issuer) -> Json:
    """A key with which credentials are verified, as a JWK (RFC 8037)."""
    return {"kty": "OKP", "crv": "Ed25519", "x": key.x, "kid": issuer.key_id(key.id), "use": "sig", "alg": "EdDSA"}


def moment(time: datetime) -> str:
    """A time in the form of XML Schema's ``dateTimeStamp``, in whole seconds."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _midnight(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def _alignment(skill: esco.EscoSkill) -> Json:
    return {"type": ["Alignment"], "targetName": skill.label, "targetUrl": skill.uri, "targetFramework": "ESCO"}


def _part_of(id: UUID, part: str) -> str:
    return uuid5(id, part).urn
