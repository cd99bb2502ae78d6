"""A software device with passkeys. It signs as specified (WebAuthn Level 3), or the way an attacker might."""

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

Algorithm = Literal["ES256", "Ed25519"]
Json = dict[str, Any]

PRESENT: Final = 0x01
VERIFIED: Final = 0x04
MAY_BE_COPIED: Final = 0x08
IS_COPIED: Final = 0x10
_WITH_KEY: Final = 0x40
FLAGS: Final = PRESENT | VERIFIED


@dataclass
class SoftwarePasskey:
    """A passkey with its private key."""

    id: bytes
    key: EllipticCurvePrivateKey | Ed25519PrivateKey
    user_handle: bytes
    count: int = 0

    @property
    def cose(self) -> bytes:
        """The public key as a COSE key."""
        if isinstance(self.key, Ed25519PrivateKey):
            return cbor2.dumps({1: 1, 3: -8, -1: 6, -2: self.key.public_key().public_bytes_raw()})
        numbers = self.key.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})

    def sign(self, data: bytes) -> bytes:
        return self.key.sign(data) if isinstance(self.key, Ed25519PrivateKey) else self.key.sign(data, ECDSA(SHA256()))


@dataclass
class Authenticator:
    """A device and its browser, which has a page of ``origin`` open."""

    origin: str
    algorithm: Algorithm = "ES256"
    counts: bool = True
    """Whether it counts how often a passkey signs."""
    flags: int = FLAGS
    passkeys: list[SoftwarePasskey] = field(default_factory=list)

    def create(
        self, options: Json, *, client: Json | None = None, rp_id: str = "", id: bytes = b"", attested: bool = False
    ) -> Json:
        """Create a passkey, like ``navigator.credentials.create``. ``client`` replaces fields of the browser's client data.

        ``attested``: whether the passkey signs its own creation (self attestation, which browsers pass on unasked).
        """
        key = Ed25519PrivateKey.generate() if self.algorithm == "Ed25519" else generate_private_key(SECP256R1())
        made = SoftwarePasskey(id or secrets.token_bytes(20), key, base64url_to_bytes(options["user"]["id"]))
        self.passkeys.append(made)
        data = self._data(made, rp_id or options["rp"]["id"], self.flags | _WITH_KEY)
        data += bytes(16) + len(made.id).to_bytes(2, "big") + made.id + made.cose
        said = self._client("webauthn.create", options, client)
        attestation: Json = {"fmt": "none", "attStmt": {}, "authData": data}
        if attested:
            algorithm = cbor2.loads(made.cose)[3]
            statement = {"alg": algorithm, "sig": made.sign(data + hashlib.sha256(said).digest())}
            attestation |= {"fmt": "packed", "attStmt": statement}
        return self._credential(made, clientDataJSON=said, attestationObject=cbor2.dumps(attestation))

    def get(
        self,
        options: Json,
        passkey: SoftwarePasskey | None = None,
        *,
        client: Json | None = None,
        rp_id: str = "",
        change: Callable[[bytes], bytes] = bytes,
    ) -> Json:
        """Sign with this passkey, or the newest, like ``navigator.credentials.get``. ``change`` alters the signature."""
        used = passkey or self.passkeys[-1]
        used.count += self.counts
        data = self._data(used, rp_id or options["rpId"], self.flags)
        said = self._client("webauthn.get", options, client)
        signature = change(used.sign(data + hashlib.sha256(said).digest()))
        return self._credential(
            used, clientDataJSON=said, authenticatorData=data, signature=signature, userHandle=used.user_handle
        )

    @staticmethod
    def _data(passkey: SoftwarePasskey, rp_id: str, flags: int) -> bytes:
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + passkey.count.to_bytes(4, "big")

    def _client(self, type: str, options: Json, instead: Json | None) -> bytes:
        said = {"type": type, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(said | (instead or {})).encode()

    @staticmethod
    def _credential(passkey: SoftwarePasskey, **response: bytes) -> Json:
        id = bytes_to_base64url(passkey.id)
        written = {name: bytes_to_base64url(value) for name, value in response.items()}
        return {"id": id, "rawId": id, "type": "public-key", "response": written}
