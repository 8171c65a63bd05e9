"""HLS playlists (RFC 8216, version 7) of the renditions a listener may hear, for players without our plugin.

The multivariant playlist holds its media playlists as ``data:`` URIs, so that one answer is the whole
presentation. They are percent-encoded, not base64: gzip sees through that. Media URLs in them must be absolute
and carry no query; such players send the signature as cookies.
"""

from functools import lru_cache

from legato.media import cenc
from legato.media.model import Package, Rendition

_CODECS = {"flac": "fLaC"}
"""RFC 6381 names where Apple's spelling differs from DASH's."""
_URL = "\0"
# A data: URI in a playlist ends at the line, so exactly these must not stand in it as they are; % comes first.
_ESCAPES = (("%", "%25"), ("\n", "%0A"), ("#", "%23"), ('"', "%22"), (" ", "%20"))


def multivariant(package: Package, renditions: tuple[Rendition, ...], base_url: str) -> str:
    """The playlist to start from; *base_url* is absolute and ends in ``/``. Lightest variant first."""
    variants = [
        _variant(rendition, tuple(package.pssh[rendition.tier].items())).replace(
            _URL, _escaped(f"{base_url}{rendition.file}")
        )
        for rendition in sorted(renditions, key=Rendition.average_bandwidth)
    ]
    return "".join(["#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n", *variants])


def media(package: Package, rendition: Rendition, url: str) -> str:
    """One rendition's playlist: groups of fragments of 4 s, each a byte range of *url*."""
    return _media(rendition, tuple(package.pssh[rendition.tier].items())).replace(_URL, url)


@lru_cache(maxsize=512)
def _variant(rendition: Rendition, pssh: tuple[tuple[str, bytes], ...]) -> str:
    """A variant with all of its media playlist, the same for every listener but for `_URL`."""
    codec = _CODECS.get(rendition.codec, rendition.codec)
    return (
        f"#EXT-X-STREAM-INF:BANDWIDTH={rendition.peak_bandwidth()},"
        f'AVERAGE-BANDWIDTH={rendition.average_bandwidth()},CODECS="{codec}"\n'
        f"data:application/vnd.apple.mpegurl,{_escaped(_media(rendition, pssh))}\n"
    )


def _escaped(text: str) -> str:
    for plain, safe in _ESCAPES:
        text = text.replace(plain, safe)
    return text


def _media(rendition: Rendition, pssh: tuple[tuple[str, bytes], ...]) -> str:
    groups = rendition.groups()
    scale = rendition.timescale
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{max(1, *(round(g.duration / scale) for g in groups))}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        *_keys(rendition.kid, dict(pssh)),
        f'#EXT-X-MAP:URI="{_URL}",BYTERANGE="{rendition.init_bytes}@0"',
    ]
    for group in groups:
        lines += [f"#EXTINF:{group.duration / scale:.5f},", f"#EXT-X-BYTERANGE:{group.size}@{group.first}", _URL]
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])


def _keys(kid: bytes, pssh: dict[str, bytes]) -> list[str]:
    """One ``EXT-X-KEY`` a DRM system; a player takes the one whose KEYFORMAT it knows."""
    name = f"KEYID=0x{kid.hex()}"
    versions = 'KEYFORMATVERSIONS="1"'
    flavours = [f'URI="skd://{kid.hex()}",KEYFORMAT="com.apple.streamingkeydelivery",{versions}']
    if box := pssh.get(cenc.WIDEVINE):
        data = f"data:text/plain;base64,{cenc.text(box)}"
        flavours.append(f'URI="{data}",{name},KEYFORMAT="urn:uuid:{cenc.WIDEVINE}",{versions}')
    if box := pssh.get(cenc.PLAYREADY):
        data = f"data:text/plain;charset=UTF-16;base64,{cenc.text(cenc.pssh_data(box))}"
        flavours.append(f'URI="{data}",KEYFORMAT="com.microsoft.playready",{versions}')
    if box := pssh.get(cenc.COMMON):
        data = f"data:text/plain;base64,{cenc.text(box)}"
        flavours.append(f'URI="{data}",{name},KEYFORMAT="org.w3.clearkey",{versions}')
    return [f"#EXT-X-KEY:METHOD=SAMPLE-AES,{flavour}" for flavour in flavours]
