import base64

import pytest

from legato.errors import MalformedRequest
from legato.licensing import clearkey
from legato.licensing.clearkey import PersistentLicence

KID = bytes(range(16))


def text(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def test_the_request_of_the_specification_is_understood():
    # W3C Encrypted Media Extensions, "Clear Key", the example of a licence request.
    body = {"kids": ["LwVHf8JLtPrv2GUXFW2v_A"], "type": "temporary"}
    assert [kid.hex() for kid in clearkey.requested(body)] == ["2f05477fc24bb4faefd86517156daffc"]


def test_the_answer_is_a_jwk_set():
    # The same page's example of a licence.
    kid = bytes.fromhex("2f05477fc24bb4faefd86517156daffc")
    key = base64.urlsafe_b64decode("tQ0bJVWb6b0KPL6KtZIy_A==")
    licence = clearkey.key_set({kid: key})
    assert [(k.kty, k.kid, k.k) for k in licence.keys] == [("oct", "LwVHf8JLtPrv2GUXFW2v_A", "tQ0bJVWb6b0KPL6KtZIy_A")]
    assert licence.type == "temporary"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kids": []},
        {"kids": "LwVHf8JLtPrv2GUXFW2v_A"},
        {"kids": [1]},
        {"kids": [None]},
        {"kids": ["LwVHf8JL"]},
        {"kids": ["é" * 22]},
        {"kids": [text(KID)] * 17},
    ],
)
def test_what_is_no_request_is_refused(body):
    with pytest.raises(MalformedRequest):
        clearkey.requested(body)


def test_clear_key_keeps_nothing():
    with pytest.raises(PersistentLicence):
        clearkey.requested({"kids": [text(KID)], "type": "persistent-license"})
