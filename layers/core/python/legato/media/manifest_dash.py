"""A DASH manifest (ISO/IEC 23009-1, profile isoff-main) of the renditions a listener may hear.

One AdaptationSet a codec, so that players switch within it; ContentProtection on the Representation, since
each tier has a key of its own; the init section inline, so that the first request is already music.
"""

from functools import lru_cache
from html import escape
from itertools import accumulate, groupby, pairwise
from operator import attrgetter

from legato.media import cenc
from legato.media.model import Package, Rendition

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" xmlns:cenc="urn:mpeg:cenc:2013"'
    ' profiles="urn:mpeg:dash:profile:isoff-main:2011" type="static" minBufferTime="PT2S"'
    ' mediaPresentationDuration="PT{0:.6f}S">\n<Period id="0" duration="PT{0:.6f}S">\n'
)


def mpd(package: Package, renditions: tuple[Rendition, ...], base_url: str) -> str:
    """The MPD as XML; *base_url* ends in ``/`` and is what stands before ``<rendition>.mp4``.

    Hot: a warm call takes 0.03 ms for five renditions of 210 s; the first one of a track 0.7 ms.
    """
    base = escape(base_url)
    out = [_HEAD.format(max(r.duration_s for r in renditions))]
    by_codec = sorted(renditions, key=attrgetter("codec"), reverse=True)
    for number, (codec, group) in enumerate(groupby(by_codec, key=attrgetter("codec"))):
        same = list(group)
        # FLAC and hi-res FLAC have frames of their own lengths; a player told otherwise would leave gaps.
        aligned = "true" if len({(r.timescale, r.durations) for r in same}) == 1 else "false"
        out.append(
            f'<AdaptationSet id="{number}" contentType="audio" mimeType="audio/mp4" codecs="{codec}" lang="und"'
            f' segmentAlignment="{aligned}" startWithSAP="1">\n'
        )
        for rendition in same:
            before, after = _representation(rendition, tuple(package.pssh[rendition.tier].items()))
            out += (before, base, rendition.file, after)
        out.append("</AdaptationSet>\n")
    out.append("</Period>\n</MPD>\n")
    return "".join(out)


@lru_cache(maxsize=512)
def _representation(rendition: Rendition, pssh: tuple[tuple[str, bytes], ...]) -> tuple[str, str]:
    """Everything about *rendition* that is the same for every listener: before and after its base URL."""
    ends = list(accumulate(rendition.sizes, initial=rendition.first))
    ranges = "".join([f'<SegmentURL mediaRange="{a}-{z - 1}"/>' for a, z in pairwise(ends)])
    before = (
        f'<Representation id="{rendition.name}" bandwidth="{rendition.peak_bandwidth()}"'
        f' audioSamplingRate="{rendition.sample_rate}">\n'
        '<AudioChannelConfiguration schemeIdUri="urn:mpeg:dash:23003:3:audio_channel_configuration:2011"'
        f' value="{rendition.channels}"/>\n{_protection(rendition.kid, pssh)}<BaseURL>'
    )
    after = (
        f'</BaseURL>\n<SegmentList timescale="{rendition.timescale}"{_offset(rendition)}>\n'
        f'<Initialization sourceURL="data:audio/mp4;base64,{cenc.text(rendition.init)}"/>\n'
        f"<SegmentTimeline>{_timeline(rendition)}</SegmentTimeline>\n{ranges}\n</SegmentList>\n</Representation>\n"
    )
    return before, after


def _protection(kid: bytes, pssh: tuple[tuple[str, bytes], ...]) -> str:
    """ISO/IEC 23001-7, 11.2: the scheme with its default key id, then one element a DRM system."""
    scheme = (
        '<ContentProtection schemeIdUri="urn:mpeg:dash:mp4protection:2011" value="cbcs"'
        f' cenc:default_KID="{cenc.uuid(kid)}"/>\n'
    )
    return scheme + "".join(
        f'<ContentProtection schemeIdUri="urn:uuid:{system}"><cenc:pssh>{cenc.text(box)}</cenc:pssh>'
        "</ContentProtection>\n"
        for system, box in pssh
    )


def _offset(rendition: Rendition) -> str:
    return f' presentationTimeOffset="{rendition.earliest}"' if rendition.earliest else ""


def _timeline(rendition: Rendition) -> str:
    out: list[str] = []
    for duration, run in groupby(rendition.durations):
        repeat = len(list(run)) - 1
        start = f't="{rendition.earliest}" ' if not out else ""
        out.append(f'<S {start}d="{duration}"' + (f' r="{repeat}"/>' if repeat else "/>"))
    return "".join(out)
