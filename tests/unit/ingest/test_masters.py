"""Every format that comes in, whole and spoilt."""

import json
import struct

import pytest

from legato.ingest import integrity
from legato.ingest.encode import encode
from legato.ingest.ladder import rungs
from legato.ingest.measure import measure
from legato.ingest.model import (
    Damaged,
    EmptyFile,
    FormatNotTaken,
    NotAudio,
    ProtectedFile,
    Truncated,
    VideoNotTaken,
)
from legato.ingest.package import content_keys, encrypt
from legato.ingest.probe import probe
from tests import audio

FORMATS = {
    "flac": ("m.flac", "-c:a", "flac", "-sample_fmt", "s16"),
    "flac 24": ("m.flac", "-c:a", "flac", "-sample_fmt", "s32"),
    "wav": ("m.wav", "-c:a", "pcm_s16le"),
    "wav 24": ("m.wav", "-c:a", "pcm_s24le"),
    "wav float": ("m.wav", "-c:a", "pcm_f32le"),
    "rf64": ("m.wav", "-c:a", "pcm_s16le", "-rf64", "always"),
    "aiff": ("m.aiff", "-c:a", "pcm_s24be"),
    "alac": ("m.m4a", "-c:a", "alac", "-sample_fmt", "s16p"),
    "mp3": ("m.mp3", "-c:a", "libmp3lame", "-b:a", "192k"),
    "mp3 vbr": ("m.mp3", "-c:a", "libmp3lame", "-q:a", "2"),
    "aac": ("m.m4a", "-c:a", "aac", "-b:a", "128k"),
    "adts": ("m.aac", "-c:a", "aac", "-b:a", "128k"),
    "vorbis": ("m.ogg", "-c:a", "vorbis", "-strict", "-2"),
    "opus": ("m.opus", "-c:a", "libopus", "-b:a", "96k"),
    "ogg flac": ("m.oga", "-c:a", "flac"),
}
LOSSLESS = {"flac", "flac 24", "wav", "wav 24", "wav float", "rf64", "aiff", "alac", "ogg flac"}
TOLD = set(FORMATS) - {"adts"}
"""Raw ADTS says nowhere how long it is: its sudden end cannot be told from a short song."""


def look(path, tmp_path):
    """The first step's order: structure, headers, samples."""
    master = tmp_path / "master"
    master.write_bytes(path.read_bytes())
    integrity.check(master)
    source = probe(master).source
    return source, measure(master, source)


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_is_taken_and_counted_to_the_sample(name, tmp_path):
    source, measured = look(audio.rendered(*FORMATS[name], seconds=2), tmp_path)
    assert source.lossless == (name in LOSSLESS)
    exact = 2 * source.sample_rate
    slack = 0 if name in LOSSLESS else 2048
    assert abs(measured.samples - exact) <= slack
    assert -30 < measured.loudness.integrated_lufs < -5
    assert -20 < measured.loudness.true_peak_dbtp < 0


@pytest.mark.parametrize("name", sorted(TOLD))
@pytest.mark.parametrize("keep", [0.3, 0.7])
def test_a_file_cut_off_is_refused(name, keep, tmp_path):
    with pytest.raises(Truncated):
        look(audio.cut(audio.rendered(*FORMATS[name], seconds=4), name, keep=keep), tmp_path)


def test_an_ogg_without_its_last_page_is_refused_though_decoders_take_it(tmp_path):
    whole = audio.rendered(*FORMATS["vorbis"], seconds=4).read_bytes()
    last = whole.rfind(b"OggS")
    path = tmp_path / "no-eos.ogg"
    path.write_bytes(whole[:last])
    assert probe(path).source.codec == "vorbis"
    with pytest.raises(Truncated, match="end-of-stream"):
        integrity.check(path)


def test_an_mp4_without_its_moov_is_refused(tmp_path):
    whole = audio.rendered(*FORMATS["aac"], seconds=2).read_bytes()
    at = whole.rfind(b"moov") - 4
    path = tmp_path / "m"
    path.write_bytes(whole[:at])
    with pytest.raises(Truncated, match="moov"):
        integrity.check(path)


def test_a_header_that_promises_the_moon_is_refused(tmp_path):
    data = bytearray(audio.flac(seconds=1).read_bytes())
    # STREAMINFO's 36 bits of total samples (RFC 9639, 8.2)
    data[21] |= 0x0F
    data[22:26] = b"\xff" * 4
    path = tmp_path / "huge.flac"
    path.write_bytes(data)
    with pytest.raises(Truncated):
        look(path, tmp_path)


def test_a_flac_that_lacks_a_tenth_of_a_millisecond_is_refused(tmp_path):
    data = bytearray(audio.flac(seconds=1).read_bytes())
    assert int.from_bytes(data[22:26]) == audio.RATE
    data[22:26] = (audio.RATE + 5).to_bytes(4)
    path = tmp_path / "m.flac"
    path.write_bytes(data)
    with pytest.raises(Truncated, match="44105 samples, 44100 are there"):
        look(path, tmp_path)


def test_a_flac_with_a_flipped_bit_is_damaged(tmp_path):
    data = bytearray(audio.flac(seconds=3).read_bytes())
    data[len(data) // 2] ^= 0x55
    path = tmp_path / "flipped.flac"
    path.write_bytes(data)
    with pytest.raises((Damaged, Truncated)):
        look(path, tmp_path)


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", EmptyFile),
        (b"\0" * 10_000, NotAudio),
        (b"Dear listener,\n" * 500, NotAudio),
        (b"#EXTM3U\n#EXTINF:10,\n/etc/passwd\n#EXT-X-ENDLIST\n", NotAudio),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", NotAudio),
        (b"fLaC" + b"\0" * 100, NotAudio),
        (b"OggS" + b"\0" * 5, NotAudio),
        (b"RIFF\x24\0\0\0WAVEfmt ", Truncated),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), NotAudio),
    ],
)
def test_what_is_no_music_is_named(content, refusal, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(refusal):
        look(path, tmp_path)


def test_a_wav_without_a_sample_is_empty(tmp_path):
    with pytest.raises(EmptyFile):
        look(audio.wav(tmp_path / "empty.wav", seconds=0), tmp_path)


def test_a_wav_that_does_not_know_its_length_is_refused(tmp_path):
    path = audio.wav(tmp_path / "stream.wav")
    data = bytearray(path.read_bytes())
    at = data.find(b"data")
    struct.pack_into("<I", data, at + 4, 0xFFFFFFFF)
    path.write_bytes(data)
    with pytest.raises(Truncated):
        look(path, tmp_path)


def test_video_with_sound_is_refused_as_video(tmp_path):
    graph = "testsrc=size=64x64:d=1:rate=5[out0];sine=d=1[out1]"
    for name in ("v.mp4", "v.mkv"):
        path = audio.rendered(name, "-c:v", "libx264", "-c:a", "aac", source=graph)
        with pytest.raises(VideoNotTaken):
            look(path, tmp_path)


def test_audio_that_we_do_not_take_is_named_with_its_format(tmp_path):
    with pytest.raises(FormatNotTaken, match="wmav2 in asf"):
        look(audio.rendered("m.wma", "-c:a", "wmav2", seconds=1), tmp_path)


def test_an_encrypted_file_is_refused_as_protected(tmp_path):
    master = tmp_path / "m"
    master.write_bytes(audio.flac(seconds=1).read_bytes())
    ladder = rungs(probe(master).source)[:1]
    (tmp_path / "clear").mkdir()
    encode(master, ladder, tmp_path / "clear")
    keys = content_keys("trk_x-v", json.dumps({"version": 1, "masters": {"1": "00" * 32}}), 1)
    encrypt(tmp_path / "clear", ladder, tmp_path, keys)
    with pytest.raises(ProtectedFile):
        look(tmp_path / "aac48.mp4", tmp_path)


def test_the_extension_does_not_matter(tmp_path):
    source, _ = look(audio.rendered(*FORMATS["mp3"], seconds=1).rename(tmp_path / "really.flac"), tmp_path)
    assert (source.container, source.codec, source.lossless) == ("mp3", "mp3", False)


def test_silence_is_music_too(tmp_path):
    _, measured = look(audio.rendered("s.flac", source="anullsrc=d=2"), tmp_path)
    assert measured.loudness.integrated_lufs == -70
    assert measured.loudness.gain_db() == 0
    assert set(measured.peaks) == {0}


def test_the_waveform_has_at_most_800_columns_and_shows_what_is_loud(tmp_path):
    _, measured = look(audio.rendered("w.flac", source="aevalsrc=0.9*sin(880*t)*gt(t\\,25):d=50:s=8000"), tmp_path)
    lows, highs = measured.peaks[::2], measured.peaks[1::2]
    assert len(highs) == 800
    assert max(highs[:390]) == 0
    assert min(highs[410:]) > 100
    assert max(lows[410:]) < -100
