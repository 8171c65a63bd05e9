import { expect, it } from "vitest";
import { present } from "../src/lib/player/manifest";

const MPD = `<?xml version="1.0" encoding="UTF-8"?>
<!-- <Representation id="not-this"> -->
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period id="0">
<AdaptationSet id="0" contentType="audio" codecs="mp4a.40.2">
<Representation id="aac48" bandwidth="51759"><ContentProtection schemeIdUri="urn:mpeg:dash:mp4protection:2011" value="cbcs" cenc:default_KID="0123abcd-0000-1111-2222-333344445555"/>
<BaseURL>https://music.test/media/ses_1.DE/trk_1-v/aac48.mp4</BaseURL>
<SegmentList timescale="1000" presentationTimeOffset="21">
<Initialization sourceURL="data:audio/mp4;base64,AAAA"/>
<SegmentTimeline><S t="21" d="1000" r="1"/><S d="500"/></SegmentTimeline>
<SegmentURL mediaRange="100-199"/><SegmentURL mediaRange="200-349"/><SegmentURL mediaRange="350-399"/>
</SegmentList></Representation>
</AdaptationSet>
<AdaptationSet id="1" contentType="audio" codecs='flac'>
<Representation id="flac" bandwidth="900000">
<BaseURL>https://music.test/media/ses_1.DE/a&amp;b/flac.mp4?x=1</BaseURL>
<SegmentList timescale="44100"><SegmentTimeline><S t="0" d="44100"/></SegmentTimeline><SegmentURL mediaRange="8-9"/></SegmentList></Representation>
</AdaptationSet></Period></MPD>`;

it("reads each rendition's fragments, codec and key", () => {
  const { renditions } = present(MPD, "s1");
  expect(renditions).toEqual([
    {
      id: "aac48",
      file: "aac48.mp4",
      codecs: "mp4a.40.2",
      bandwidth: 51759,
      kid: "0123abcd000011112222333344445555",
      starts: [100, 200, 350],
      ends: [199, 349, 399],
      seconds: [1, 1, 0.5],
    },
    { id: "flac", file: "flac.mp4", codecs: "flac", bandwidth: 900000, kid: "", starts: [8], ends: [9], seconds: [1] },
  ]);
});

it("sends the media through the coalescer and leaves everything else as it was", () => {
  const { mpd } = present(MPD, "s7");
  expect(mpd).toContain("<BaseURL>legato://s7/aac48.mp4</BaseURL>");
  expect(mpd).toContain("<BaseURL>legato://s7/flac.mp4</BaseURL>");
  expect(mpd.replaceAll(/<BaseURL>[^<]*/g, "")).toBe(MPD.replaceAll(/<BaseURL>[^<]*/g, ""));
});

it("keeps two loads of one track apart", () => {
  expect(present(MPD, "s1").mpd).not.toBe(present(MPD, "s2").mpd);
});
