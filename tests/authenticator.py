"""An authenticator in software, honest or not: what a phone's passkey answers, byte by byte (WebAuthn level 3, section 6)."""

import base64
import hashlib
import json
import os
from dataclasses import dataclass, field

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, BACKUP_ELIGIBLE, BACKED_UP, ATTESTED = 1, 4, 8, 16, 64


def text(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def raw(text):
    return base64.urlsafe_b64decode(text + "===")


@dataclass
class Authenticator:
    """One passkey. Every keyword of `create` and `get` is a lie it can tell."""

    origin: str = "https://music.example"
    host: str = "music.example"
    counts: bool = True
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    user_handle: bytes = b""
    sign_count: int = 0

    def create(self, options, *, fmt="none", statement=None, flags=PRESENT | VERIFIED | ATTESTED, **lies):
        self.user_handle = raw(options["user"]["id"])
        point = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
        named = lies.get("credential_id", self.credential_id)
        attested = bytes(16) + len(named).to_bytes(2) + named + cbor2.dumps(cose)
        data = self._data(flags, lies) + attested
        attestation = cbor2.dumps({"fmt": fmt, "attStmt": statement or {}, "authData": data})
        client = self._client("webauthn.create", options, lies)
        return self._credential({"clientDataJSON": text(client), "attestationObject": text(attestation)}, lies)

    def get(self, options, *, flags=PRESENT | VERIFIED, **lies):
        self.sign_count += self.counts
        data = self._data(flags, lies)
        client = self._client("webauthn.get", options, lies)
        signed = lies.get("key", self.key).sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        answer = {
            "clientDataJSON": text(client),
            "authenticatorData": text(data),
            "signature": text(signed),
            "userHandle": text(lies.get("user_handle", self.user_handle)),
        }
        return self._credential(answer, lies)

    def _data(self, flags, lies):
        host = lies.get("host", self.host)
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + lies.get("count", self.sign_count).to_bytes(4)

    def _client(self, kind, options, lies):
        said = {
            "type": lies.get("kind", kind),
            "challenge": lies.get("challenge", options["challenge"]),
            "origin": lies.get("origin", self.origin),
            "crossOrigin": lies.get("cross_origin", False),
        }
        return json.dumps(said).encode()

    def _credential(self, answer, lies):
        name = text(lies.get("credential_id", self.credential_id))
        return {"id": name, "rawId": name, "type": "public-key", "response": answer, "clientExtensionResults": {}}
