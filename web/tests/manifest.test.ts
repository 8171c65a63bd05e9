import { expect, it } from "vitest";
import { read } from "../src/lib/player/manifest";

const MPD = `<?xml version="1.0" encoding="UTF-8"?>
<!-- <Representation id="not-this"> -->
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period id="0">
<AdaptationSet id="0" contentType="audio" codecs="mp4a.40.2">
<Representation id="aac48" bandwidth="51759" audioSamplingRate="48000"><AudioChannelConfiguration schemeIdUri="x" value="1"/><ContentProtection schemeIdUri="urn:mpeg:dash:mp4protection:2011" value="cbcs" cenc:default_KID="0123abcd-0000-1111-2222-333344445555"/>
<ContentProtection schemeIdUri="urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed"><cenc:pssh>V0lERQ==</cenc:pssh></ContentProtection>
<ContentProtection schemeIdUri="urn:uuid:1077EFEC-c0b2-4d02-ace3-3c1e52e2fb4b"><cenc:pssh>Q09NTU9O</cenc:pssh></ContentProtection>
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
  const renditions = read(MPD);
  expect(renditions).toEqual([
    {
      id: "aac48",
      file: "aac48.mp4",
      codecs: "mp4a.40.2",
      bandwidth: 51759,
      sampleRate: 48000,
      channels: 1,
      kid: "0123abcd000011112222333344445555",
      pssh: "Q09NTU9O",
      init: "AAAA",
      offset: 0.021,
      starts: [100, 200, 350],
      ends: [199, 349, 399],
      seconds: [1, 1, 0.5],
    },
    { id: "flac", file: "flac.mp4", codecs: "flac", bandwidth: 900000, sampleRate: 44_100, channels: 2, kid: "", pssh: "", init: "", offset: 0, starts: [8], ends: [9], seconds: [1] },
  ]);
});

