import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legato import ids
from legato.ingest.model import REFUSALS, State, arrival, file_name, outcome


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("01 - Song.flac", "01 - Song.flac"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Music\\a.wav", "a.wav"),
        ("nul\0byte\n.mp3", "nulbyte.mp3"),
        ("...", "upload"),
        ("", "upload"),
        ("дождь.ogg", "дождь.ogg"),
        ("e\u0301tude.flac", "étude.flac"),
        ("\u202egnp.flac", "gnp.flac"),
        ("a" * 300 + ".flac", "a" * 195 + ".flac"),
        ("Op. 27 No. 2 Moonlight", "Op. 27 No. 2 Moonlight"),
    ],
)
def test_a_file_name_keeps_its_words_and_loses_what_could_harm(given_name, kept):
    assert file_name(given_name) == kept


@given(st.text(max_size=400))
def test_any_text_becomes_a_name_within_its_folder(text):
    name = file_name(text)
    assert 0 < len(name.encode()) <= 200
    assert "/" not in name
    assert "\\" not in name
    assert "\0" not in name
    assert name not in (".", "..")
    assert file_name(name) == name


def test_an_arrival_knows_the_ingest_it_was_announced_as():
    ingest_id = ids.new("ing")
    came = arrival(f"inbox/{ingest_id}/Song #1.flac", "e1")
    assert (came.ingest_id, came.file) == (ingest_id, "Song #1.flac")


def test_an_object_dropped_by_hand_gets_an_id_that_stays():
    first, again, other = (arrival("inbox/drop/a.flac", etag).ingest_id for etag in ("e1", "e1", "e2"))
    assert ids.is_id("ing", first)
    assert first == again != other


def test_a_refusal_is_the_files_fault_and_anything_else_is_ours():
    cause = json.dumps({"errorMessage": "the last Ogg page is cut off", "errorType": "Truncated"})
    assert outcome("Truncated", cause) == (State.REFUSED, "truncated: the last Ogg page is cut off")
    assert outcome("NotAudio", json.dumps({"errorMessage": ""})) == (State.REFUSED, "not-audio")
    assert outcome("NotVerified", cause)[0] is State.FAILED
    assert outcome("Sandbox.Timedout", "Task timed out") == (State.FAILED, "Timedout: Task timed out")
    assert outcome("States.TaskFailed", "null") == (State.FAILED, "TaskFailed: null")


@pytest.mark.parametrize("kind", REFUSALS.values())
def test_every_refusal_says_what_it_means(kind):
    assert kind.__doc__
