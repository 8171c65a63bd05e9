import pytest

from legato.ingest.catalogue import entry
from legato.ingest.model import Tags


def an_entry(file="file.flac", track_id="trk_0123456789abcdefghijklmnop", **tags):
    return entry(
        Tags(**tags), file=file, track_id=track_id, duration_ms=1000, art=None, added_at="2026-01-01T00:00:00.000Z"
    )


@pytest.mark.parametrize(
    ("file", "artist", "title", "disc", "position"),
    [
        ("Song.flac", "Unknown Artist", "Song", 1, 1),
        ("03 - Some_Song.flac", "Unknown Artist", "Some Song", 1, 3),
        ("03. Song.mp3", "Unknown Artist", "Song", 1, 3),
        ("03 Song.mp3", "Unknown Artist", "Song", 1, 3),
        ("2-07 - Song.mp3", "Unknown Artist", "Song", 2, 7),
        ("Artist - Song.wav", "Artist", "Song", 1, 1),
        ("12 - Artist - Song - Live.wav", "Artist", "Song - Live", 1, 12),
        ("99 Luftballons.mp3", "Unknown Artist", "99 Luftballons", 1, 1),
        ("1999.mp3", "Unknown Artist", "1999", 1, 1),
        ("7.flac", "Unknown Artist", "7", 1, 1),
        ("песня.ogg", "Unknown Artist", "песня", 1, 1),
        ("no extension", "Unknown Artist", "no extension", 1, 1),
        (".flac", "Unknown Artist", ".flac", 1, 1),
    ],
)
def test_a_song_without_tags_is_named_after_its_file(file, artist, title, disc, position):
    track = an_entry(file).track
    assert (track.artists[0].name, track.title, track.disc, track.position) == (artist, title, disc, position)


def test_a_song_without_an_album_is_its_own_single():
    one, other = an_entry(), an_entry(track_id="trk_zzzzzzzzzzzzzzzzzzzzzzzzzz")
    assert (one.album.kind, one.album.title) == ("single", "file")
    assert one.album.id == one.track.album_id
    assert one.album.id != other.album.id, "two unnamed songs are not one album"


def test_songs_of_an_album_meet_whatever_their_guests():
    first = an_entry(title="A", artists=("Band",), album="Record")
    second = an_entry(title="B", artists=("Band feat. Guest & Other",), album="record ")
    assert first.album.id == second.album.id
    assert [(a.name, a.role) for a in second.track.artists] == [
        ("Band", "main"),
        ("Guest", "featured"),
        ("Other", "featured"),
    ]


def test_the_album_artist_decides_where_a_song_belongs():
    made = an_entry(title="A", artists=("Singer",), album="Hits", album_artists=("Orchestra",))
    assert [a.name for a in made.album.artists] == ["Orchestra"]
    assert made.album.id == an_entry(title="B", artists=("Orchestra",), album="Hits").album.id


def test_a_compilation_is_by_various_artists():
    made = [an_entry(title=t, artists=(t,), album="Now", compilation=True).album for t in "AB"]
    assert made[0].id == made[1].id
    assert (made[0].kind, made[0].artists[0].name) == ("compilation", "Various Artists")


def test_an_artist_named_twice_is_one():
    made = an_entry(title="A", artists=("Björk", "bjork", "Sjón"))
    assert [a.name for a in made.track.artists] == ["Björk", "Sjón"]


def test_a_name_with_and_in_it_is_one_artist():
    made = an_entry(title="A", artists=("Simon & Garfunkel",))
    assert [a.name for a in made.track.artists] == ["Simon & Garfunkel"]


def test_what_the_tags_say_is_kept():
    made = an_entry(
        title="T",
        artists=("A",),
        album="R",
        date="1999-12",
        genre="Jazz",
        isrc="GBAYE6800001",
        label="L",
        upc="0123456789012",
        lyrics="la la",
        explicit=True,
        kind="ep",
        disc=2,
        position=9,
    )
    assert (made.track.year, made.track.isrc, made.track.lyrics, made.track.explicit) == (
        1999,
        "GBAYE6800001",
        "la la",
        True,
    )
    assert (made.track.disc, made.track.position) == (2, 9)
    assert (made.album.release_date, made.album.label, made.album.upc, made.album.kind) == (
        "1999-12",
        "L",
        "0123456789012",
        "ep",
    )


def test_who_wrote_and_conducted_is_named_after_who_is_heard():
    made = an_entry(title="A", artists=("Singer",), composers=("Singer", "Writer"), conductors=("Maestro",))
    assert [(a.name, a.role) for a in made.track.artists] == [
        ("Singer", "main"),
        ("Singer", "composer"),
        ("Writer", "composer"),
        ("Maestro", "conductor"),
    ]


def test_a_remaster_is_music_of_the_year_it_first_came_out():
    made = an_entry(title="A", artists=("A",), album="R", date="2011-05-01", original_date="1968")
    assert (made.track.year, made.album.release_date, made.album.original_date) == (1968, "2011-05-01", "1968")
