"""The gateway's own check of our tokens, with everything in it that an attacker may try."""

from concurrent.futures import ThreadPoolExecutor

import jwt

from legato.identity import keys
from tests.forgeries import Forger

OURS_ALONE = (
    *(
        "typ JWT",
        "typ of an ID token",
        "typ of a logout token",
        "typ missing",
        "x5u",
        "crit",
        "b64 false",
        "compressed",
    ),
    *(
        "nested",
        "aud several",
        "aud missing",
        "sub missing",
        "sub empty",
        "sub a number",
        "sub an object",
        "iat missing",
    ),
    *("jti missing", "client_id missing", "scope missing", "scope a list", "sub twice", "exp twice", "alg twice"),
    *("kid twice", "a claim twice, deep inside", "huge", "a space before", "padding"),
)
"""What API Gateway does not document that it looks at. Each needs our own key, and we sign no such thing; functions
that check tokens themselves refuse them all (`legato.identity.verify`).
"""


def test_the_gateway_refuses_what_is_nearly_a_token(newcomer, issuer_keys, client, capsys):
    listener = newcomer()
    good = listener.token["access_token"]
    [ours] = [key for key in issuer_keys if key.kid == jwt.get_unverified_header(good)["kid"]]
    forger = Forger(good=good, ours=ours, theirs=keys.generate(0))
    corpus = forger.corpus(soon=50)
    sent = {n: t for n, t in corpus.items() if t.isascii() and t.isprintable() and n not in OURS_ALONE}
    assert len(sent) + len(OURS_ALONE) > len(corpus) - 6, "only what HTTP cannot carry is left out"

    def me(token):
        return client.get("/v1/me", Authorization=f"Bearer {token}").status

    assert me(forger.forged()) == 200, "the forger's tools work"
    with ThreadPoolExecutor(4) as pool:
        answers = dict(zip(sent, pool.map(me, sent.values()), strict=True))
    with capsys.disabled():
        print(f"\n{len(answers)} forged tokens, {sum(s == 401 for s in answers.values())} refused")  # noqa: T201
    let_in = {name: status for name, status in answers.items() if status != 401}
    assert not let_in, f"{let_in}"


def test_every_guarded_route_wants_a_token_and_operators_routes_the_scope(client, newcomer, document):
    listener = newcomer()
    stale = listener.token["access_token"][:-6] + "AAAAAA"
    seen = 0
    for path, item in document["paths"].items():
        for method, operation in item.items():
            needs = operation.get("security")
            if not needs:
                continue
            url = path.replace("{", "").replace("}", "")
            seen += 1
            for shown in (
                {},
                {"Authorization": f"Bearer {stale}"},
                {"Authorization": "Bearer"},
                {"Authorization": stale},
            ):
                answer = client.ask(method.upper(), url, {} if method in {"post", "put", "patch"} else None, **shown)
                assert (answer.status, answer.json) == (401, {"message": "Unauthorized"}), (method, path, shown)
            if needs[0]["bearer"]:
                answer = listener.ask(method.upper(), url, {} if method in {"post", "put", "patch"} else None)
                assert (answer.status, answer.json) == (403, {"message": "Forbidden"}), (method, path)
    assert seen > 15
