"""What the play path costs, as docs/access-patterns.md says: a listener waits for each of these calls."""

from contextlib import contextmanager

from legato import dynamo
from tests.functions.access_page import written
from tests.functions.listening import FIRST, LAPTOP, PHONE, SECOND, THIRD, call, house, keep, licence, play

__all__ = ["call", "house", "licence", "play"]


@contextmanager
def counted(calls, name):
    made = []

    def note(model, **_):
        made.append(model.name)

    events = dynamo.client().meta.events
    events.register("before-call.dynamodb", note)
    try:
        yield
    finally:
        events.unregister("before-call.dynamodb", note)
        calls[name] = ", ".join(made)


def test_the_play_path_costs_what_the_page_says(call, play, licence):
    play(FIRST)  # the functions are warm
    keep(call, SECOND)
    calls = {}
    with counted(calls, "POST /v1/playback"):
        started = play(FIRST, SECOND, THIRD, device=LAPTOP, take_over=True)
    session, grant = started["session_id"], started["grants"][0]
    with counted(calls, "POST /v1/playback/{session_id}/grants"):
        assert call("POST", f"/v1/playback/{session}/grants", {"tracks": [FIRST.id, SECOND.id]})[0] == 200
    again = call("POST", f"/v1/playback/{session}/grants", {"tracks": [FIRST.id]})[1]
    play_id = again["grants"][0]["play_id"]
    with counted(calls, "PUT /v1/playback/{session_id}/progress"):
        progress = {"play_id": play_id, "position_ms": 5000, "state": "playing"}
        assert call("PUT", f"/v1/playback/{session}/progress", progress)[0] == 204
    with counted(calls, "POST /v1/licences/clearkey"):
        assert licence(grant)[0] == 200
    with counted(calls, "POST /v1/downloads"):
        kept = keep(call, FIRST)
    with counted(calls, "POST /v1/downloads once more"):
        keep(call, FIRST)
    with counted(calls, "GET /v1/downloads"):
        assert call("GET", "/v1/downloads")[0] == 200
    with counted(calls, "DELETE /v1/downloads/{id}"):
        assert call("DELETE", f"/v1/downloads/{kept['download_id']}")[0] == 204
    with counted(calls, "GET /v1/me/player"):
        assert call("GET", "/v1/me/player")[0] == 200
    with counted(calls, "DELETE /v1/playback/{session_id}"):
        assert call("DELETE", f"/v1/playback/{session}")[0] == 204
    assert calls == written("on the play path")


def test_a_take_over_costs_no_call_more(play):
    calls = {}
    play(FIRST, who="usr_ben", device=PHONE)
    with counted(calls, "take over"):
        play(FIRST, who="usr_ben", device=LAPTOP, take_over=True)
    assert calls == {"take over": "BatchGetItem, TransactWriteItems"}
