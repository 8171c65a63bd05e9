"""Nearly tokens: the attacks of RFC 8725 section 2, and whatever else is almost one of ours.

`Forger` holds the issuer's own key, so that everything but the one thing that is wrong is right.
"""

import base64
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass

import jwt
from cryptography.hazmat.primitives import serialization

from legato.identity import keys
from legato.identity.keys import SigningKey


def b64(part):
    raw = part if isinstance(part, bytes) else part.encode() if isinstance(part, str) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass
class Forger:
    """``good`` is a true token of ``ours``, and ``seconds`` the time it was issued at."""

    good: str
    ours: SigningKey
    theirs: SigningKey

    def __post_init__(self):
        self.header = jwt.get_unverified_header(self.good)
        self.claims = jwt.decode(self.good, options={"verify_signature": False})
        self.seconds = self.claims["iat"]

    def forged(self, header=None, claims=None, key=None):
        """Whatever is asked for, under a true RS256 signature."""
        signed = f"{b64(self.header if header is None else header)}.{b64(self.claims if claims is None else claims)}"
        signature = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256).sign(
            signed.encode(), keys.private(key or self.ours)
        )
        return f"{signed}.{b64(signature)}"

    def with_header(self, **changes):
        return self.forged({k: v for k, v in (self.header | changes).items() if v is not None})

    def with_claims(self, **changes):
        return self.forged(claims={k: v for k, v in (self.claims | changes).items() if v is not None})

    def hmac_signed(self, header, secret):
        signed = f"{b64(header)}.{b64(self.claims)}"
        return f"{signed}.{b64(hmac.digest(secret, signed.encode(), hashlib.sha256))}"

    def corpus(self, soon=1):
        """Name → token. Every one has to be refused at ``seconds``; *soon* is a future nearer than a minute."""
        good, header, claims, seconds = self.good, self.header, self.claims, self.seconds
        public = keys.private(self.ours).public_key()
        pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        ours, theirs = (asdict(keys.key_set((key,)).keys[0]) for key in (self.ours, self.theirs))
        forged, with_header, with_claims, hmac_signed = (
            self.forged,
            self.with_header,
            self.with_claims,
            self.hmac_signed,
        )
        text = json.dumps(claims)
        return {
            "nothing": "",
            "one part": "abc",
            "two parts": ".".join(good.split(".")[:2]),
            "four parts": good + ".abc",
            "five parts, as JWE": "a.b.c.d.e",
            "no signature": ".".join([*good.split(".")[:2], ""]),
            "alg none": f"{b64(header | {'alg': 'none'})}.{b64(claims)}.",
            "alg None": f"{b64(header | {'alg': 'None'})}.{b64(claims)}.",
            "alg none, signed": with_header(alg="none"),
            "alg nOnE, signed": with_header(alg="nOnE"),
            "HS256 with the public key as secret": hmac_signed(header | {"alg": "HS256"}, pem),
            "HS256 with the modulus as secret": hmac_signed(header | {"alg": "HS256"}, ours["n"].encode()),
            "HS256 with an empty secret": hmac_signed(header | {"alg": "HS256"}, b""),
            "RS256 in name, HMAC in truth": hmac_signed(header, pem),
            "RS384": with_header(alg="RS384"),
            "PS256": with_header(alg="PS256"),
            "ES256": with_header(alg="ES256"),
            "alg missing": with_header(alg=None),
            "alg a list": with_header(alg=["RS256"]),
            "kid of nobody": with_header(kid="nobody"),
            "kid missing": with_header(kid=None),
            "kid a path": with_header(kid="../../dev/null"),
            "kid an injection": with_header(kid="' OR 1=1 --"),
            "kid a number": with_header(kid=1),
            "kid a list": with_header(kid=[self.ours.kid]),
            "another's key under our kid": forged(key=self.theirs),
            "another's key, handed along as jwk": forged(header | {"jwk": theirs}, key=self.theirs),
            "another's key, handed along as jku": forged(
                header | {"jku": "https://evil.example/jwks.json"}, key=self.theirs
            ),
            "x5u": with_header(x5u="https://evil.example/cert"),
            "crit": with_header(crit=["exp"]),
            "b64 false": with_header(b64=False),
            "compressed": with_header(zip="DEF"),
            "nested": with_header(cty="JWT"),
            "typ JWT": with_header(typ="JWT"),
            "typ of an ID token": with_header(typ="id+jwt"),
            "typ of a logout token": with_header(typ="logout+jwt"),
            "typ missing": with_header(typ=None),
            "iss of another": with_claims(iss="https://evil.example"),
            "iss with a slash": with_claims(iss=claims["iss"] + "/"),
            "iss a list": with_claims(iss=[claims["iss"]]),
            "iss missing": with_claims(iss=None),
            "aud of another": with_claims(aud="other"),
            "aud several": with_claims(aud=["legato", "other"]),
            "aud missing": with_claims(aud=None),
            "sub missing": with_claims(sub=None),
            "sub empty": with_claims(sub=""),
            "sub a number": with_claims(sub=1),
            "sub an object": with_claims(sub={"id": claims["sub"]}),
            "expired this second": with_claims(exp=seconds),
            "expired 60 s ago": with_claims(exp=seconds - 60),
            "exp missing": with_claims(exp=None),
            "exp text": with_claims(exp=str(seconds + 60)),
            "exp true": with_claims(exp=True),
            "exp infinite": f"{b64(header)}.{b64(text.replace(str(claims['exp']), 'Infinity'))}.x",
            "exp not a number, signed": forged(claims=text.replace(str(claims["exp"]), "NaN")),
            "exp huge, signed": forged(claims=text.replace(str(claims["exp"]), "9" * 3000)),
            "iat in 60 s": with_claims(iat=seconds + 60),
            "iat soon": with_claims(iat=seconds + soon),
            "iat missing": with_claims(iat=None),
            "nbf in 60 s": with_claims(nbf=seconds + 60),
            "nbf soon": with_claims(nbf=seconds + soon),
            "nbf text": with_claims(nbf=str(seconds - 60)),
            "jti missing": with_claims(jti=None),
            "client_id missing": with_claims(client_id=None),
            "scope missing": with_claims(scope=None),
            "scope a list": with_claims(scope=["listener", "admin"]),
            "claims a list": forged(claims=[claims]),
            "claims text": forged(claims='"text"'),
            "claims not JSON": forged(claims="{"),
            "claims not UTF-8": forged(claims=b'{"sub":"\xff"}'),
            "claims in UTF-16": forged(claims=text.encode("utf-16")),
            "sub twice": forged(claims=text[:-1] + ', "sub": "usr_bob"}'),
            "exp twice": forged(claims=text[:-1] + f', "exp": {seconds + 9999}}}'),
            "a claim twice, deep inside": forged(claims=text[:-1] + ', "act": {"sub": "a", "sub": "b"}}'),
            "alg twice": forged(json.dumps(header)[:-1] + ', "alg": "none"}'),
            "kid twice": forged(json.dumps(header)[:-1] + f', "kid": "{self.ours.kid}"}}'),
            "header a list": forged([header]),
            "huge": with_claims(pad="x" * 8192),
            "brackets": forged(claims="[" * 2000),
            "a space before": " " + good,
            "a newline behind": good + "\n",
            "a NUL inside": good.replace(".", "\0.", 1),
            "padding": good + "==",
            "letters of no base64": good[:-3] + "+/*",
            "unicode": good[:-1] + "é",
            "half a surrogate pair": good[:-1] + "\ud800",
        }
