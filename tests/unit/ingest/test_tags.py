import io
from base64 import b64encode

import pytest
from mutagen.aiff import AIFF
from mutagen.flac import FLAC, Picture
from mutagen.id3 import (
    APIC,
    ID3,
    SYLT,
    TALB,
    TBPM,
    TCMP,
    TCOM,
    TCON,
    TCOP,
    TDOR,
    TDRC,
    TIT2,
    TKEY,
    TLAN,
    TMCL,
    TMOO,
    TPE1,
    TPE2,
    TPE3,
    TPE4,
    TPOS,
    TPRO,
    TPUB,
    TRCK,
    TSRC,
    TXXX,
    UFID,
    USLT,
)
from mutagen.mp4 import MP4, MP4Cover, MP4FreeForm
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis
from mutagen.wave import WAVE
from PIL import Image

from legato.catalog.model import Credit, SyncedLine
from legato.ingest import tags
from legato.ingest.model import Tags
from legato.ingest.probe import probe
from tests import audio

EXPECTED = Tags(
    title="Gymnopédie № 1",
    artists=("Érik Satie", "Someone"),
    album="Œuvres",
    album_artists=("Érik Satie",),
    compilation=True,
    disc=2,
    position=3,
    date="1888-04-02",
    genre="Classical",
    isrc="FRZ018800001",
    label="Rouart",
    upc="0123456789012",
    lyrics="(no\nwords)",
    explicit=True,
    kind="ep",
)


def a_picture():
    out = io.BytesIO()
    Image.new("RGB", (20, 20), "navy").save(out, "JPEG")
    return out.getvalue()


def a_copy(tmp_path, *options):
    path = tmp_path / "master"
    path.write_bytes(audio.rendered(*options, seconds=0.5).read_bytes())
    return path


def vorbis_comments(file):
    file["TITLE"], file["Artist"] = EXPECTED.title, list(EXPECTED.artists)
    file["album"], file["albumartist"], file["compilation"] = EXPECTED.album, "Érik Satie", "1"
    file["discnumber"], file["tracknumber"], file["date"] = "2/2", "03", "1888/4/2"
    file["genre"], file["isrc"], file["label"] = "Classical; Piano", "FR-Z01-88-00001", "Rouart"
    file["barcode"], file["lyrics"], file["itunesadvisory"] = "0123456789012", EXPECTED.lyrics, "1"
    file["releasetype"] = "EP"


def id3_frames(held):
    held.add(TIT2(encoding=3, text=EXPECTED.title))
    held.add(TPE1(encoding=3, text=list(EXPECTED.artists)))
    held.add(TALB(encoding=3, text=EXPECTED.album))
    held.add(TPE2(encoding=3, text="Érik Satie"))
    held.add(TCMP(encoding=3, text="1"))
    held.add(TPOS(encoding=3, text="2/2"))
    held.add(TRCK(encoding=3, text="3/12"))
    held.add(TDRC(encoding=3, text="1888-04-02"))
    held.add(TCON(encoding=3, text="(32)"))
    held.add(TSRC(encoding=3, text="FRZ018800001"))
    held.add(TPUB(encoding=3, text="Rouart"))
    held.add(TXXX(encoding=3, desc="BARCODE", text="0123456789012"))
    held.add(TXXX(encoding=3, desc="ITUNESADVISORY", text="1"))
    held.add(TXXX(encoding=3, desc="MusicBrainz Album Type", text="ep"))
    held.add(USLT(encoding=3, lang="fra", desc="", text=EXPECTED.lyrics))
    held.add(APIC(encoding=0, mime="image/jpeg", type=4, desc="back", data=b"the back"))
    held.add(APIC(encoding=0, mime="image/jpeg", type=3, desc="front", data=a_picture()))


def read(path):
    probed = probe(path)
    return tags.read(path, probed.source, probed.tags)


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        (("m.flac", "-c:a", "flac"), FLAC),
        (("m.ogg", "-c:a", "vorbis", "-strict", "-2"), OggVorbis),
        (("m.opus", "-c:a", "libopus"), OggOpus),
    ],
)
def test_vorbis_comments(options, kind, tmp_path):
    path = a_copy(tmp_path, *options)
    file = kind(path)
    vorbis_comments(file)
    picture = Picture()
    picture.type, picture.mime, picture.data = 3, "image/jpeg", a_picture()
    if kind is FLAC:
        file.add_picture(picture)
    else:
        file["metadata_block_picture"] = b64encode(picture.write()).decode()
    file.save()
    found = read(path)
    assert found.tags == EXPECTED
    assert found.picture == a_picture()


@pytest.mark.parametrize("version", [3, 4])
def test_id3_in_an_mp3(version, tmp_path):
    path = a_copy(tmp_path, "m.mp3", "-c:a", "libmp3lame", "-id3v2_version", "0")
    held = ID3()
    id3_frames(held)
    if version == 3:
        held.update_to_v23()
    held.save(path, v2_version=version, v23_sep=None)
    found = read(path)
    assert found.tags == EXPECTED
    assert found.picture == a_picture()


@pytest.mark.parametrize(
    ("options", "kind"), [(("m.wav", "-c:a", "pcm_s16le"), WAVE), (("m.aiff", "-c:a", "pcm_s16be"), AIFF)]
)
def test_id3_in_wav_and_aiff(options, kind, tmp_path):
    path = a_copy(tmp_path, *options)
    file = kind(path)
    file.add_tags()
    id3_frames(file.tags)
    file.save()
    found = read(path)
    assert found.tags == EXPECTED
    assert found.picture == a_picture()


def test_id3v1_alone(tmp_path):
    path = a_copy(tmp_path, "m.mp3", "-c:a", "libmp3lame", "-id3v2_version", "0")
    held = ID3()
    held.add(TIT2(encoding=0, text="Old"))
    held.add(TPE1(encoding=0, text="Someone"))
    held.add(TRCK(encoding=0, text="7"))
    held.save(path, v1=2)
    data = path.read_bytes()
    path.write_bytes(data[data.find(b"\xff\xfb") :])
    assert b"TAG" in path.read_bytes()[-128:]
    found = read(path).tags
    assert (found.title, found.artists, found.position) == ("Old", ("Someone",), 7)


def test_mp4_atoms(tmp_path):
    path = a_copy(tmp_path, "m.m4a", "-c:a", "aac")
    file = MP4(path)
    file["\xa9nam"], file["\xa9ART"], file["\xa9alb"], file["aART"] = (
        EXPECTED.title,
        list(EXPECTED.artists),
        "Œuvres",
        "Érik Satie",
    )
    file["\xa9day"], file["\xa9gen"], file["\xa9lyr"] = "1888-04-02T00:00:00Z", "Classical", EXPECTED.lyrics
    file["trkn"], file["disk"], file["cpil"], file["rtng"] = [(3, 12)], [(2, 2)], True, [1]
    for name, value in (
        ("ISRC", "FRZ018800001"),
        ("LABEL", "Rouart"),
        ("BARCODE", "0123456789012"),
        ("MusicBrainz Album Type", "EP"),
    ):
        file[f"----:com.apple.iTunes:{name}"] = [MP4FreeForm(value.encode())]
    file["covr"] = [MP4Cover(a_picture(), MP4Cover.FORMAT_JPEG)]
    file.save()
    found = read(path)
    assert found.tags == EXPECTED
    assert found.picture == a_picture()


def test_riff_info_where_there_is_no_id3(tmp_path):
    path = a_copy(
        tmp_path,
        "m.wav",
        "-c:a",
        "pcm_s16le",
        "-fflags",
        "-bitexact",
        "-metadata",
        "title=Plain",
        "-metadata",
        "artist=Wave",
    )
    found = read(path).tags
    assert (found.title, found.artists) == ("Plain", ("Wave",))


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("isrc", "not an isrc", ""),
        ("barcode", "12", ""),
        ("date", "sometime", ""),
        ("date", "0000", ""),
        ("date", "1999-13-40", "1999"),
        ("date", "1999-02-40", "1999-02"),
        ("tracknumber", "A3", 0),
        ("discnumber", "", 0),
        ("title", "nul\0 and \x07 bell", "nul and bell"),
        ("title", "x" * 9000, "x" * 500),
        ("title", "e\u0301", "é"),
        ("genre", "", ""),
    ],
)
def test_what_a_tag_should_not_hold_is_left_out(name, value, kept, tmp_path):
    path = a_copy(tmp_path, "m.flac", "-c:a", "flac")
    file = FLAC(path)
    file[name] = value
    file.save()
    field = {"barcode": "upc", "tracknumber": "position", "discnumber": "disc"}.get(name, name)
    assert getattr(read(path).tags, field) == kept


def test_broken_tags_stop_no_master(tmp_path):
    path = a_copy(tmp_path, "m.mp3", "-c:a", "libmp3lame")
    data = bytearray(path.read_bytes())
    assert data[:3] == b"ID3"
    data[10:30] = b"TIT2\x7f\x7f\x7f\x7f\xff\xff" + b"\xff" * 10
    path.write_bytes(data)
    assert isinstance(read(path).tags, Tags)


def test_an_untagged_master_has_no_tags(tmp_path):
    found = read(a_copy(tmp_path, "m.wav", "-c:a", "pcm_s16le"))
    assert (found.tags, found.picture) == (Tags(), b"")


RICH = {
    "original_date": "1969",
    "iswc": "T0345246801",
    "mbid": "b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d",
    "album_mbid": "a74b1b7f-71a5-4011-9441-d0b5e4122711",
    "mood": "Pensive",
    "language": "fra",
    "bpm": 72,
    "key": "F#m",
    "p_line": "1969 Rouart",
    "c_line": "1970 Rouart",
    "composers": ("Érik Satie",),
    "conductors": ("Someone",),
    "remixers": ("Another",),
    "credits": (Credit(name="A. Nother", part="producer"), Credit(name="Ann", part="piano")),
    "lyrics": "one\ntwo",
    "synced": (SyncedLine(at_ms=1000, text="one"), SyncedLine(at_ms=2500, text="two")),
}


def _rich(found):
    return {name: getattr(found, name) for name in RICH}


def test_everything_that_vorbis_comments_know(tmp_path):
    path = a_copy(tmp_path, "m.flac", "-c:a", "flac")
    file = FLAC(path)
    for name, value in {
        "originaldate": "1969",
        "iswc": "T-034.524.680-1",
        "musicbrainz_trackid": RICH["mbid"],
        "musicbrainz_albumid": RICH["album_mbid"],
        "mood": "Pensive",
        "language": "fra",
        "bpm": "71.6",
        "initialkey": "f# minor",
        "produced": "\u2117 1969 Rouart",
        "copyright": "(C) 1970 Rouart",
        "composer": "Érik Satie",
        "conductor": "Someone",
        "remixer": "Another",
        "producer": "A. Nother",
        "performer": "Ann (piano)",
        "lyrics": "[00:01.00]one\n[00:02.50]two",
    }.items():
        file[name] = value
    file.save()
    assert _rich(read(path).tags) == RICH


def test_everything_that_id3_knows(tmp_path):
    path = a_copy(tmp_path, "m.mp3", "-c:a", "libmp3lame", "-id3v2_version", "0")
    held = ID3()
    for frame in (
        TDOR(encoding=3, text="1969"),
        TXXX(encoding=3, desc="ISWC", text="T-034.524.680-1"),
        UFID(owner="http://musicbrainz.org", data=RICH["mbid"].encode()),
        TXXX(encoding=3, desc="MusicBrainz Album Id", text=RICH["album_mbid"]),
        TMOO(encoding=3, text="Pensive"),
        TLAN(encoding=3, text="fra"),
        TBPM(encoding=3, text="72"),
        TKEY(encoding=3, text="F#m"),
        TPRO(encoding=3, text="1969 Rouart"),
        TCOP(encoding=3, text="1970 Rouart"),
        TCOM(encoding=3, text="Érik Satie"),
        TPE3(encoding=3, text="Someone"),
        TPE4(encoding=3, text="Another"),
        TXXX(encoding=3, desc="PRODUCER", text="A. Nother"),
        TMCL(encoding=3, people=[["piano", "Ann"]]),
        SYLT(encoding=3, lang="fra", format=2, type=1, desc="", text=[("one", 1000), ("two", 2500)]),
    ):
        held.add(frame)
    held.save(path, v2_version=4)
    assert _rich(read(path).tags) == RICH
