"""What an operator says, and whom it reaches."""

import pytest

from legato import dynamo, ids
from legato.rights.deals import OPEN_DEAL
from legato.rights.table import RightsTable
from tests.functions.listening import ALBUM, FIRST, OPEN, PHONE, SECOND, THIRD, slug
from tests.music import a_track

GERMANY, FRANCE = (OPEN | {"territories": [code]} for code in ("DE", "FR"))


def put(call, id, *deals):
    return call("PUT", f"/v1/admin/rights/{id}", {"deals": list(deals)})


def heard(call, track, country):
    body = {"tracks": [track.id], "device": PHONE}
    return call("POST", "/v1/playback", body, country=country)[0] == 201


def test_music_without_a_deal_is_open(house):
    assert house.rights.of_many([FIRST.id])[FIRST.id].deals == (OPEN_DEAL,)


def test_a_deal_replaces_what_was_there(call):
    assert put(call, FIRST.id, GERMANY) == (204, None)
    assert put(call, FIRST.id, FRANCE) == (204, None)
    assert (heard(call, FIRST, "DE"), heard(call, FIRST, "FR")) == (False, True)


def test_publishing_again_does_not_open_what_a_deal_has_closed(call, house):
    put(call, FIRST.id, GERMANY)
    house.rights.open_by_default(FIRST.id, ALBUM.id)
    assert not heard(call, FIRST, "FR")


def test_an_empty_list_permits_nothing(call):
    assert put(call, FIRST.id) == (204, None)
    assert not heard(call, FIRST, "DE")


def test_an_albums_deals_are_its_tracks_but_for_those_with_deals_of_their_own(call):
    put(call, SECOND.id, FRANCE)
    put(call, ALBUM.id, GERMANY)
    assert [heard(call, track, "DE") for track in (FIRST, SECOND, THIRD)] == [True, False, True]
    assert [heard(call, track, "FR") for track in (FIRST, SECOND, THIRD)] == [False, True, False]


def test_a_track_published_later_comes_under_its_albums_deals_and_takedown(call, house):
    put(call, ALBUM.id, GERMANY)
    late = a_track("Plain Gold Ring", ALBUM)
    house.rights.open_by_default(late.id, ALBUM.id)
    [rights] = house.rights.of_many([late.id]).values()
    assert {t for deal in rights.deals for t in deal.territories} == {"DE"}
    call("POST", f"/v1/admin/takedowns/{ALBUM.id}", {"reason": "claim"})
    another = a_track("Good Bait", ALBUM)
    house.rights.open_by_default(another.id, ALBUM.id)
    assert house.rights.of_many([another.id])[another.id].withdrawn


def test_at_no_moment_is_a_new_song_of_a_withdrawn_album_open(call, house, monkeypatch):
    call("POST", f"/v1/admin/takedowns/{ALBUM.id}", {"reason": "claim"})
    late, write, seen = a_track("Plain Gold Ring", ALBUM), RightsTable._update, []

    def watched(*args, **more):
        answer = write(*args, **more)
        seen.append(house.rights.of(late.id))
        return answer

    monkeypatch.setattr(RightsTable, "_update", watched)
    for _ in range(2):
        house.rights.open_by_default(late.id, ALBUM.id)
    assert seen
    assert all(rights.imported and rights.withdrawn for rights in seen)


def test_a_change_reaches_a_song_that_no_list_of_the_catalogue_shows_yet(call, house):
    late = a_track("Plain Gold Ring", ALBUM)
    house.rights.open_by_default(late.id, ALBUM.id)
    call("POST", f"/v1/admin/takedowns/{ALBUM.id}", {"reason": "claim"})
    assert house.rights.of(late.id).withdrawn


def test_a_song_whose_album_changes_while_it_is_published_is_open_under_the_change(call, house, monkeypatch):
    """The change arrives after the publication read the album's row and before it writes the song's."""
    put(call, ALBUM.id, GERMANY)
    late, read = a_track("Plain Gold Ring", ALBUM), dynamo.get

    def overtaken(*args, **more):
        found = read(*args, **more)
        monkeypatch.setattr(dynamo, "get", read)
        put(call, ALBUM.id, FRANCE)
        return found

    monkeypatch.setattr(dynamo, "get", overtaken)
    house.rights.open_by_default(late.id, ALBUM.id)
    rights = house.rights.of(late.id)
    assert rights.imported
    assert {t for deal in rights.deals for t in deal.territories} == {"FR"}


def test_of_two_changes_to_an_album_the_later_stays_even_if_it_arrives_first(house, call, monkeypatch):
    """The first change is held up between writing the album and reaching its tracks."""
    put(call, ALBUM.id, GERMANY)
    early, listed = house.rights.of(ALBUM.id).own, RightsTable.tracks_of

    def held_up(*args):
        monkeypatch.setattr(RightsTable, "tracks_of", listed)
        put(call, ALBUM.id, FRANCE)
        return listed(*args)

    monkeypatch.setattr(RightsTable, "tracks_of", held_up)
    house.rights.replace(ALBUM.id, early, now=OPEN_DEAL.start)
    [rights] = house.rights.of_many([FIRST.id]).values()
    assert {t for deal in rights.deals for t in deal.territories} == {"FR"}


def test_lifting_an_albums_takedown_leaves_its_tracks_own_takedowns(call):
    for each in (ALBUM.id, FIRST.id):
        assert call("POST", f"/v1/admin/takedowns/{each}", {"reason": "claim"}) == (204, None)
    assert call("DELETE", f"/v1/admin/takedowns/{ALBUM.id}") == (204, None)
    assert [heard(call, track, "DE") for track in (FIRST, SECOND)] == [False, True]


def test_takedowns_may_be_repeated(call, house):
    for reason in ("first", "second"):
        assert call("POST", f"/v1/admin/takedowns/{FIRST.id}", {"reason": reason})[0] == 204
    assert house.rights.of_many([FIRST.id])[FIRST.id].takedown.reason == "first"
    for _ in range(2):
        assert call("DELETE", f"/v1/admin/takedowns/{FIRST.id}")[0] == 204
    assert heard(call, FIRST, "DE")


@pytest.mark.parametrize(
    ("id", "name"),
    [
        (ids.of("trk", "nowhere"), "track-not-found"),
        (ids.of("alb", "nowhere"), "album-not-found"),
        (ids.of("art", "Nina Simone"), "track-not-found"),
        ("x", "track-not-found"),
        ("trk_" + "0" * 2100, "track-not-found"),
        ("alb_" + "0" * 2100, "track-not-found"),
    ],
)
def test_what_is_not_in_the_catalogue_has_no_rights_to_change(call, id, name):
    for method, path, body in (
        ("PUT", f"/v1/admin/rights/{id}", {"deals": [OPEN]}),
        ("POST", f"/v1/admin/takedowns/{id}", {"reason": "claim"}),
        ("DELETE", f"/v1/admin/takedowns/{id}", None),
    ):
        status, problem = call(method, path, body)
        assert (status, slug(problem)) == (404, name)


@pytest.mark.parametrize(
    "changes",
    [
        {"territories": ["Sweden"]},
        {"territories": []},
        {"territories": "SE"},
        {"territories": [1]},
        {"excluded_territories": ["UK"]},
        {"models": ["Rental"]},
        {"models": []},
        {"uses": ["Whistle"]},
        {"uses": []},
        {"start": "soon"},
        {"start": "2030-01-01T00:00:00"},
        {"start": None},
        {"end": "2019-01-01T00:00:00Z"},
        {"max_quality": "loud"},
        {"label": 7},
        {"splits": [{"payee": "Ann", "basis_points": 5000}]},
        {"splits": [{"payee": "Ann", "basis_points": 9999.5}]},
    ],
)
def test_a_deal_that_makes_no_sense_is_refused_whole(call, changes):
    status, problem = put(call, FIRST.id, GERMANY, OPEN | changes)
    assert (status, slug(problem)) == (422, "malformed-request")
    assert next(iter(changes)) in str(problem) or "window" in str(problem)
    assert heard(call, FIRST, "FR")


@pytest.mark.parametrize("body", [{}, {"deals": None}, {"deals": {}}, {"deals": [None]}, {"deals": [OPEN] * 101}])
def test_deals_are_a_list_of_at_most_a_hundred(call, body):
    status, problem = call("PUT", f"/v1/admin/rights/{FIRST.id}", body)
    assert (status, slug(problem)) == (422, "malformed-request")


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "x" * 1001}, {"reason": 1}])
def test_a_takedown_states_its_reason(call, body):
    assert call("POST", f"/v1/admin/takedowns/{FIRST.id}", body)[0] == 422


def test_an_operator_sees_what_decides_and_why(call):
    put(call, ALBUM.id, GERMANY)
    status, shown = call("GET", f"/v1/admin/rights/{FIRST.id}", query={"territory": "fr", "plan": "premium"})
    assert status == 200
    assert (shown["source"], shown["takedown"]) == ("album", None)
    assert [deal["territories"] for deal in shown["deals"]] == [["DE"]]
    assert shown["explanation"] == "Not heard: not licensed in FR; now in DE."


def test_an_operator_sees_that_an_album_is_heard_as_its_songs_were_imported(call):
    asked = {"territory": "SE", "plan": "premium"}
    _, shown = call("GET", f"/v1/admin/rights/{ALBUM.id}", query=asked)
    assert shown["source"] == "import"
    assert ": Heard in SE" in shown["explanation"]
    put(call, ALBUM.id, GERMANY)
    _, shown = call("GET", f"/v1/admin/rights/{ALBUM.id}", query=asked)
    assert shown["source"] == "own"
    assert ": Not heard: not licensed in SE; now in DE." in shown["explanation"]


def test_an_operator_sees_why_something_was_taken_down(call):
    call("POST", f"/v1/admin/takedowns/{FIRST.id}", {"reason": "claim by the estate"})
    _, shown = call("GET", f"/v1/admin/rights/{FIRST.id}", query={"territory": "DE"})
    assert shown["takedown"]["reason"] == "claim by the estate"
    assert shown["explanation"].startswith("Not heard: withdrawn from this service since 20")
    assert shown["source"] == "import"


def test_label_distributor_and_splits_come_back_as_they_were_put(call, house):
    money = {
        "label": "Blue Note",
        "distributor": "Carrier",
        "splits": [{"payee": "Nina Simone", "basis_points": 7500}, {"payee": "Jimmy Bond", "basis_points": 2500}],
    }
    assert put(call, FIRST.id, GERMANY | money, FRANCE) == (204, None)
    _, shown = call("GET", f"/v1/admin/rights/{FIRST.id}")
    assert [{name: deal[name] for name in money} for deal in shown["deals"]] == [
        money,
        {"label": "", "distributor": "", "splits": []},
    ]
    assert heard(call, FIRST, "DE")


def test_deals_that_leave_it_open_whom_a_play_pays_are_refused_whole(call):
    status, problem = put(call, FIRST.id, GERMANY | {"label": "A"}, OPEN | {"label": "B"})
    assert (status, slug(problem)) == (422, "malformed-request")
    assert "deals 0 and 1 overlap in DE" in problem["detail"]
    assert heard(call, FIRST, "FR")


def test_an_operator_asks_about_another_moment_and_another_use(call):
    put(call, FIRST.id, GERMANY | {"start": "2031-05-01T12:00:00+02:00"})
    asked = {"territory": "DE", "plan": "premium"}
    _, shown = call("GET", f"/v1/admin/rights/{FIRST.id}", query=asked)
    assert shown["explanation"] == "Not heard: licensed in DE from 2031-05-01T10:00:00Z."
    _, shown = call("GET", f"/v1/admin/rights/{FIRST.id}", query=asked | {"at": "2031-05-01T10:00:00Z"})
    assert shown["explanation"].startswith("Heard in DE")
    _, shown = call("GET", f"/v1/admin/rights/{FIRST.id}", query=asked | {"use": "ConditionalDownload"})
    assert shown["explanation"] == "Not heard: no deal permits ConditionalDownload, only OnDemandStream."
    assert call("GET", f"/v1/admin/rights/{FIRST.id}", query={"at": "2031-05-01T10:00:00"})[0] == 422
