"""The ceremonies of WebAuthn Level 3, by the library ``webauthn``: adding a passkey (7.1), and signing in with one (7.2). Pure.

What comes from a browser may be anything. The library checks most of it; what it leaves to its users is checked here.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url, options_to_json_dict
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from notifications.sign_in.passkeys.domain.records import LONGEST_ID, VALID, Challenge, Passkey, RelyingParty

NAME: Final = "Opportunity Desk"
"""The name under which devices show these passkeys."""
ALGORITHMS: Final = [
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
"""The best first. The last is for Windows devices."""

_TIMEOUT: Final = int(VALID.total_seconds() * 1000)

Response = dict[str, Any]
"""What the browser gave, in the form of ``PublicKeyCredential.toJSON()``."""


class NotProven(ValueError):
    """This proves nothing. The text says why, for logs and tests; it is not for whoever sent it."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """What a device made."""

    id: str
    public_key: bytes
    sign_count: int
    may_be_copied: bool


def adding_options(party: RelyingParty, challenge: Challenge, email: str, own: Iterable[Passkey]) -> Response:
    """What the browser needs to make a passkey. Devices with one of the person's ``own`` make no second one.

    ``email`` is stored on the device, as the name to choose by.
    """
    options = generate_registration_options(
        rp_id=party.id,
        rp_name=NAME,
        user_id=challenge.user_handle,
        user_name=email,
        challenge=challenge.value,
        timeout=_TIMEOUT,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(base64url_to_bytes(passkey.id)) for passkey in own],
        supported_pub_key_algs=ALGORITHMS,
    )
    return options_to_json_dict(options)


def signing_in_options(party: RelyingParty, challenge: Challenge) -> Response:
    """What the browser needs to have a passkey sign. The person chooses which one."""
    options = generate_authentication_options(
        rp_id=party.id, challenge=challenge.value, timeout=_TIMEOUT, user_verification=UserVerificationRequirement.REQUIRED
    )
    return options_to_json_dict(options)


def verified_new_key(response: Response, challenge: Challenge, party: RelyingParty) -> NewKey:
    """The key that a device made for this challenge, after it verified its user.

    Who made the device is not asked (attestation), so a key may come from any.

    Raises:
        NotProven: it was not made for this challenge or this site, or without verifying the user.
    """
    with _verifying(response):
        verified = verify_registration_response(
            credential=response,
            expected_challenge=challenge.value,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
    id = bytes_to_base64url(verified.credential_id)
    if id != response["id"]:
        raise NotProven("the credential id is not the one that was signed")
    if len(verified.credential_id) > LONGEST_ID:
        raise NotProven("the credential id is too long")
    return NewKey(id, verified.credential_public_key, verified.sign_count, _may_be_copied(verified.credential_device_type))


def verified_count(response: Response, challenge: Challenge, party: RelyingParty, passkey: Passkey) -> int:
    """The sign count of a valid signature of this passkey, after its device verified its user. See ``Passkey.count_fell``.

    Raises:
        NotProven: this passkey did not sign this challenge for this site, or without verifying the user.
    """
    with _verifying(response):
        verified = verify_authentication_response(
            credential=response,
            expected_challenge=challenge.value,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,  # the library would look at it before the signature, which may be forged
            require_user_verification=True,
        )
        handle = base64url_to_bytes(response["response"].get("userHandle") or "")
    if bytes_to_base64url(verified.credential_id) != passkey.id:
        raise NotProven("another passkey")
    if handle != passkey.user_handle:
        raise NotProven("another person's user handle")
    if _may_be_copied(verified.credential_device_type) != passkey.may_be_copied:
        raise NotProven("a passkey that can be copied, or cannot, never becomes the other kind")
    return verified.new_sign_count


@contextmanager
def _verifying(response: Response) -> Iterator[None]:
    """The library verifies the response inside, after its frame was checked. Whatever goes wrong raises ``NotProven``."""
    try:
        _check_frame(response)
        yield
    except Exception as error:  # noqa: BLE001 - the library lets through whatever its steps raise for hostile bytes
        raise NotProven(f"{type(error).__name__}: {error}"[:200]) from None


def _check_frame(response: Response) -> None:
    """Raises ``NotProven`` if a page of another site showed ours in a frame. (The library does not look.)"""
    client = json.loads(base64url_to_bytes(response["response"]["clientDataJSON"]))
    if client.get("crossOrigin") not in (None, False) or client.get("topOrigin") is not None:
        raise NotProven("made in a frame on another site's page")


def _may_be_copied(kind: CredentialDeviceType) -> bool:
    return kind is CredentialDeviceType.MULTI_DEVICE
