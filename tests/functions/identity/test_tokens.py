import base64

import jwt


def test_who_registers_can_sign_in_and_gets_a_token_of_rfc_9068(call, register, sign_in, signing_keys):
    status, account, _ = register()
    assert (status, account["email"], account["display_name"]) == (201, "Anna@example.com", "Anna")
    status, tokens, _ = sign_in(email="anna@EXAMPLE.com")
    assert (status, tokens["token_type"], tokens["expires_in"], tokens["scope"]) == (200, "Bearer", 600, "listener")
    assert len(base64.urlsafe_b64decode(tokens["refresh_token"].partition(".")[2] + "=")) == 32
    _, key_set, _ = call("GET", "/.well-known/jwks.json")
    header = jwt.get_unverified_header(tokens["access_token"])
    assert header == {"typ": "at+jwt", "alg": "RS256", "kid": signing_keys[0].kid}
    [key] = [jwt.PyJWK(key) for key in key_set["keys"] if key["kid"] == header["kid"]]
    claims = jwt.decode(
        tokens["access_token"], key, algorithms=["RS256"], audience="legato", issuer="https://identity.example"
    )
    assert set(claims) == {"iss", "aud", "sub", "client_id", "jti", "iat", "exp", "sid", "scope", "roles", "plan"}
    assert (claims["sub"], claims["plan"], claims["roles"]) == (account["id"], "free", ["listener"])
    assert claims["exp"] - claims["iat"] == 600
