"""A Common Encryption reader written from the standards alone, to judge what our packager wrote.

It shares no code with the product: boxes from ISO/IEC 14496-12, protection from ISO/IEC 23001-7:2023 (scheme
``cbcs``, 10.4), ADTS from ISO/IEC 13818-7, FLAC in ISO BMFF from Xiph's specification (RFC 9639 for the stream).
AES itself is `cryptography`'s.
"""

import struct
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_ADTS_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_BLOCK = 16


class NoKeyError(LookupError):
    """The file's key id is not among the keys given."""


@dataclass(frozen=True)
class Protection:
    scheme: str
    kid: bytes
    iv: bytes
    crypt_blocks: int
    skip_blocks: int


@dataclass(frozen=True)
class Sample:
    offset: int
    size: int
    duration: int


@dataclass(frozen=True)
class Media:
    """One audio file: its format in clear words, where its samples lie, and how they are protected."""

    data: bytes
    format: str
    config: bytes
    timescale: int
    protection: Protection
    samples: tuple[Sample, ...]

    def encrypted(self):
        return [self.data[s.offset : s.offset + s.size] for s in self.samples]

    def decrypted(self, keys):
        """Every sample in clear. *keys* is key id → key, both 16 bytes."""
        if self.protection.kid not in keys:
            raise NoKeyError(self.protection.kid.hex())
        key = keys[self.protection.kid]
        return [_decrypt(sample, key, self.protection) for sample in self.encrypted()]

    def stream(self, keys):
        """The elementary stream in clear, as any decoder takes it: ADTS for AAC, native FLAC for FLAC."""
        samples = self.decrypted(keys)
        if self.format == "fLaC":
            return _flac(self.config, samples)
        return b"".join(_adts(self.config, sample) for sample in samples)


def read(data):
    """Parse one fragmented file of one protected track."""
    top = dict(_children(data, 0, len(data), first=True))
    moov = top[b"moov"]
    entry = _path(data, moov, b"trak", b"mdia", b"minf", b"stbl", b"stsd")
    # stsd: version and flags, entry_count; then the sample entry (14496-12, 8.5.2)
    enca = dict(_children(data, entry[0] + 8, entry[1]))[b"enca"]
    # AudioSampleEntry: 6 reserved, data_reference_index, 20 bytes of audio fields
    parts = dict(_children(data, enca[0] + 28, enca[1]))
    sinf = dict(_children(data, *parts[b"sinf"]))
    frma = data[slice(*sinf[b"frma"])].decode()
    scheme = data[sinf[b"schm"][0] + 4 : sinf[b"schm"][0] + 8].decode()
    tenc = data[slice(*dict(_children(data, *sinf[b"schi"]))[b"tenc"])]
    mdhd = _path(data, moov, b"trak", b"mdia", b"mdhd")
    (timescale,) = struct.unpack_from(">I", data, mdhd[0] + (20 if data[mdhd[0]] else 12))
    trex = _path(data, moov, b"mvex", b"trex")
    defaults = struct.unpack_from(">II", data, trex[0] + 12)  # default duration, default size
    config = _asc(data[slice(*parts[b"esds"])]) if b"esds" in parts else data[slice(*parts[b"dfLa"])]
    return Media(
        data=data,
        format=frma,
        config=config,
        timescale=timescale,
        protection=_protection(scheme, tenc),
        samples=tuple(_samples(data, defaults)),
    )


def _children(data, start, end, *, first=False):
    seen = set()
    while start + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, start)
        body = start + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, body)
            body += 8
        assert size >= 8, f"a box of {size} bytes at {start}"
        assert start + size <= end, f"{kind!r} is cut off"
        if not (first and kind in seen):
            yield kind, (body, start + size)
        seen.add(kind)
        start += size


def _path(data, span, *kinds):
    for kind in kinds:
        span = dict(_children(data, *span))[kind]
    return span


def _protection(scheme, tenc):
    """``tenc`` (23001-7, 8.2): version, flags, reserved, pattern, isProtected, IV size, KID, constant IV."""
    pattern, protected, iv_size = tenc[5], tenc[6], tenc[7]
    assert scheme == "cbcs"
    assert tenc[0] == 1, "cbcs needs version 1 of tenc"
    assert protected == 1
    assert iv_size == 0, "cbcs here uses a constant IV"
    length = tenc[24]
    return Protection(scheme, tenc[8:24], tenc[25 : 25 + length], pattern >> 4, pattern & 15)


def _samples(data, defaults):
    start = 0
    while start + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, start)
        if kind == b"moof":
            yield from _fragment(data, start, size, defaults)
        start += size


def _fragment(data, moof, size, defaults):
    traf = dict(_children(data, *dict(_children(data, moof + 8, moof + size))[b"traf"]))
    assert b"sgpd" not in traf or b"seig" not in data[slice(*traf[b"sgpd"])], "key rotation inside the file"
    tfhd = traf[b"tfhd"][0]
    (flags,) = struct.unpack_from(">I", data, tfhd)
    assert flags & 0x020000, "default-base-is-moof"
    at = tfhd + 8 + 8 * bool(flags & 1) + 4 * bool(flags & 2)
    duration, length = defaults
    if flags & 8:
        (duration,) = struct.unpack_from(">I", data, at)
        at += 4
    if flags & 16:
        (length,) = struct.unpack_from(">I", data, at)
    trun = traf[b"trun"][0]
    flags, count = struct.unpack_from(">II", data, trun)
    (offset,) = struct.unpack_from(">i", data, trun + 8)
    assert flags & 1, "data-offset-present"
    senc = traf[b"senc"][0]
    assert struct.unpack_from(">I", data, senc)[0] & 2 == 0, "audio samples are protected whole"
    assert struct.unpack_from(">I", data, senc + 4)[0] == count
    at, place = trun + 12 + 4 * bool(flags & 4), moof + offset
    for _ in range(count):
        each_duration, each_length = duration, length
        if flags & 0x100:
            (each_duration,) = struct.unpack_from(">I", data, at)
            at += 4
        if flags & 0x200:
            (each_length,) = struct.unpack_from(">I", data, at)
            at += 4
        at += 4 * bool(flags & 0x400) + 4 * bool(flags & 0x800)
        yield Sample(place, each_length, each_duration)
        place += each_length


def _decrypt(sample, key, protection):
    """Whole-block full sample encryption (23001-7, 9.7): CBC over whole blocks, what is left over is clear."""
    assert (protection.crypt_blocks, protection.skip_blocks) in ((0, 0), (10, 0)), "audio has no pattern"
    whole = len(sample) // _BLOCK * _BLOCK
    aes = Cipher(algorithms.AES128(key), modes.CBC(protection.iv)).decryptor()
    return aes.update(sample[:whole]) + aes.finalize() + sample[whole:]


def _asc(esds):
    """AudioSpecificConfig out of the descriptors (14496-1, 7.2.6): ES, DecoderConfig, DecoderSpecificInfo."""
    at = 4
    while at < len(esds):
        tag, at = esds[at], at + 1
        size = 0
        while True:
            byte, at = esds[at], at + 1
            size = size << 7 | byte & 127
            if byte < 128:
                break
        if tag == 5:
            return esds[at : at + size]
        at += {3: 3, 4: 13}.get(tag, size)
    raise AssertionError("no DecoderSpecificInfo")


def _adts(config, sample):
    bits = int.from_bytes(config[:2])
    kind, rate, channels = bits >> 11, bits >> 7 & 15, bits >> 3 & 15
    assert kind == 2, "AAC-LC"
    assert rate < len(_ADTS_RATES)
    length = len(sample) + 7
    header = 0xFFF1 << 40 | (kind - 1) << 38 | rate << 34 | channels << 30 | length << 13 | 0x7FF << 2
    return header.to_bytes(7) + sample


def _flac(dfla, samples):
    """``fLaC``, the metadata blocks that ``dfLa`` carries, the frames."""
    blocks, at = [], 4
    while at < len(dfla):
        size = int.from_bytes(dfla[at + 1 : at + 4])
        blocks.append(dfla[at : at + 4 + size])
        at += 4 + size
    # The last block, and no other, has its flag set (RFC 9639, 8.1).
    head = [bytes([block[0] & 127]) + block[1:] for block in blocks]
    head[-1] = bytes([head[-1][0] | 128]) + head[-1][1:]
    return b"fLaC" + b"".join(head) + b"".join(samples)
