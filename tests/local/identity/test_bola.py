"""Broken object-level authorisation (OWASP API1): every route of the document, asked by those it is not for.

Four strangers ask each route about things of Anna's: nobody, Anna herself with a token that has run out, another
listener, and on operators' routes a listener. The document makes the matrix: a route that is added is asked too.
"""

import secrets
import time
from collections import Counter
from datetime import UTC, datetime

import jwt
import pytest

from legato import dynamo
from legato.billing.table import BillingTable
from tests import records
from tests.authenticator import Authenticator
from tests.forgeries import Forger
from tests.journeys.listener import Manifest, base64url, eventually

REFUSED = {401, 403, 404}
LISTENER_KEY = {"playlist_id", "item_id", "session_id", "device_id", "passkey_id", "download_id"}
"""Path parameters that name a thing of one listener's."""
A_STRANGER_EACH = {"eraseMe", "signOutEverywhere", "sendEvents"}
"""They end the stranger, or leave in his own history what he made up about hers."""
PERMITTED = {202, 200, 201, 204, 402, 403, 404, 409, 410, 422, 429, 501, 503}
"""Of a stranger on routes that know no listener but the caller: his own, or no sense at all; never Anna's."""


@pytest.fixture(scope="module")
def operations(document):
    return [
        (method.upper(), path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]


class Anna:
    """A listener with one of everything, each under a name that occurs nowhere else."""

    def __init__(self, listener):
        self.listener = listener
        self.word = listener.account["display_name"]
        self.track = listener.find(records.SIDE_A)["id"]
        playing = listener.play(self.track).json
        self.session, [self.grant] = playing["session_id"], playing["grants"]
        started = listener.event("play_started", self.session, self.grant, 0, datetime.now(UTC))
        assert listener.post("/v1/events", {"events": [started]}).status == 202
        eventually(lambda: listener.get("/v1/me/history").json["items"])
        wanted = {"title": f"{self.word} playlist", "visibility": "private", "tracks": [self.track]}
        self.playlist = listener.post("/v1/playlists", wanted).json["id"]
        [item] = listener.get(f"/v1/me/playlists/{self.playlist}").json["items"]
        self.item = item["item_id"] if "item_id" in item else item["id"]
        assert listener.ask("PUT", f"/v1/me/favorites/track/{self.track}").status in {200, 201, 204}
        self.passkey = self._passkey()
        self.download = listener.post("/v1/downloads", self.kept()).json["download_id"]
        self.claims = jwt.decode(listener.token["access_token"], options={"verify_signature": False})
        self.traces = [self.claims["sub"], self.claims["sid"], self.word, listener.account["email"], self.session]
        self.traces += [self.passkey, self.download, self.grant["play_id"], self.grant["licence_token"], self.playlist]

    def kept(self):
        return {"track_id": self.track, "device": {"id": "d", "name": "d", "kind": "d"}}

    def _passkey(self):
        asked = self.listener.post("/v1/me/passkeys/challenge", {"password": self.listener.account["password"]}).json
        phone = Authenticator(origin=self.listener.base.rstrip("/"), host="localhost")
        made = {"name": f"{self.word} phone", "credential": phone.create(asked["public_key"])}
        return self.listener.post("/v1/me/passkeys", made).json["id"]

    def url(self, path):
        values = {
            "track_id": self.track,
            "track_or_album_id": self.track,
            "album_id": "alb_0123456789abcdef",
            "artist_id": "art_0123456789abcdef",
            "id": self.track,
            "ingest_id": "ing_0123456789abcdef",
            "type": "track",
            "system": "widevine",
            "playlist_id": self.playlist,
            "item_id": self.item,
            "session_id": self.session,
            "device_id": self.claims["sid"],
            "passkey_id": self.passkey,
            "download_id": self.download,
            "shelf_id": "new-music",
        }
        return path.format(**values) + ("?q=ferry" if path.startswith("/v1/search") else "")

    def body(self, operation):
        """What the route is for, about Anna's things."""
        kids = sorted(map(base64url, Manifest(self.grant).kids()))
        event = self.listener.event("play_progress", self.session, self.grant, 1000, datetime.now(UTC))
        return {
            "sendEvents": {"events": [event]},
            "getClearKeyLicence": {"kids": kids, "type": "temporary"},
            "getVendorLicence": {},
            "changeMe": {"display_name": "Stranger"},
            "changePassword": {"current_password": "two owls at night", "new_password": "four owls at dawn"},
            "startPasskey": {"password": "two owls at night"},
            "renamePasskey": {"name": "Stranger's"},
            "startPlayback": {"tracks": [self.track], "device": {"id": "s", "name": "s", "kind": "s"}},
            "keepTrack": self.kept(),
            "checkout": {"plan": "premium"},
            "addGrants": {"tracks": [self.track]},
            "reportProgress": {"play_id": self.grant["play_id"], "position_ms": 99_000, "state": "playing"},
            "createPlaylist": {"title": "Stranger's"},
            "changePlaylist": {"title": "Stranger's", "visibility": "public"},
            "addPlaylistItems": {"tracks": [self.track]},
            "movePlaylistItem": {"position": 0},
            "createUpload": {"filename": "a.flac", "content_type": "audio/flac", "bytes": 1},
            "replaceDeals": {"deals": []},
            "takeDown": {"reason": "mischief"},
        }.get(operation["operationId"])

    def world(self):
        """Everything of hers, as she sees it."""
        paths = ["/v1/me", f"/v1/me/playlists/{self.playlist}", "/v1/me/favorites", "/v1/me/player", "/v1/me/history"]
        seen = {path: self.listener.get(path).json for path in paths}
        seen["downloads"] = [each["download_id"] for each in self.listener.get("/v1/downloads").json["items"]]
        seen["passkeys"] = self.listener.get("/v1/me/passkeys").json
        seen["devices"] = [d["id"] for d in self.listener.get("/v1/me/devices").json["items"]]
        return seen


@pytest.fixture
def anna(newcomer, platform):
    listener = newcomer(display_name=f"Anna{secrets.token_hex(6)}")
    row = BillingTable.key(listener.get("/v1/me").json["id"]) | {"plan": "hifi"}
    table = platform.resource("AWS::DynamoDB::Table", "Billing")
    platform.aws("dynamodb").put_item(TableName=table, Item=dynamo.encode(row))
    return Anna(listener)


def test_nobody_reaches_anothers_data_by_any_route(anna, newcomer, client, operations, issuer_keys, capsys):
    good = anna.listener.token["access_token"]
    [ours] = [key for key in issuer_keys if key.kid == jwt.get_unverified_header(good)["kid"]]
    forger = Forger(good=good, ours=ours, theirs=ours)
    over = int(time.time()) - 120
    expired = {"Authorization": f"Bearer {forger.with_claims(iat=over - 600, exp=over)}"}
    eve = newcomer(display_name="Eve")
    before = anna.world()
    tried, wrong = Counter(), []

    def judge(kind, operation, answer, allowed):
        tried[kind, answer.status] += 1
        name = f"{kind}: {operation['operationId']} {answer.status}"
        leaked = [trace for trace in anna.traces if trace.encode() in answer.body]
        # A path that is repeated to whoever sent it tells him nothing.
        if leaked and not (answer.status in REFUSED and "/problems/" in answer.body.decode()):
            wrong.append(f"{name} tells {leaked}")
        if answer.status not in allowed:
            wrong.append(f"{name} {answer.body[:120]!r}")

    for method, path, operation in operations:
        if operation["x-function"] == "identity":
            continue  # takes no access token: its own tests are tests/functions/identity
        url, body = anna.url(path), anna.body(operation)
        licence = {"X_Licence_Token": anna.grant["licence_token"]}
        guarded, scopes = bool(operation.get("security")), operation.get("security", [{}])[0].get("bearer")
        hers = bool(LISTENER_KEY & set(path.replace("{", "}").split("}")))
        open_to_all = REFUSED if hers else {200, 404, 422, 503}
        judge("none", operation, client.ask(method, url, body, **licence), {401} if guarded else open_to_all)
        late = client.ask(method, url, body, **licence, **expired)
        judge("expired", operation, late, {401} if guarded else open_to_all)
        if scopes:
            judge("listener on admin", operation, eve.ask(method, url, body), {403})
            continue
        stranger = newcomer(display_name="Eve") if operation["operationId"] in A_STRANGER_EACH else eve
        allowed = REFUSED if hers or "Licence" in operation["operationId"] else PERMITTED
        judge("other listener", operation, stranger.ask(method, url, body, **licence), allowed)
    assert not wrong, "\n".join(wrong)
    assert anna.world() == before, "what a stranger did has changed nothing of hers"
    totals = Counter()
    for (kind, status), count in tried.items():
        totals[kind] += count
        totals[f"{kind} refused"] += count * (status in REFUSED)
    with capsys.disabled():
        print(f"\n{sum(tried.values())} requests: {dict(totals)}")  # noqa: T201
    assert totals["other listener"] > 20 and totals["listener on admin"] >= 5
