import { describe, expect, it } from "vitest";
import { ago, byline, clock, qualityName, spoken, total } from "../src/lib/format";
import { nameOf } from "../src/lib/player/device";
import { kidsIn } from "../src/lib/player/engine";
import { albumGain, amplitude, elementVolume } from "../src/lib/player/loudness";

describe("loudness", () => {
  it("the control's ends are silence and full, its middle a quarter of the amplitude", () => {
    expect([amplitude(0), amplitude(0.5), amplitude(1)]).toEqual([0, 0.25, 1]);
  });

  it("a loud track is turned down by its gain", () => {
    expect(elementVolume(1, -6)).toBeCloseTo(0.501, 3);
  });

  it("a quiet one is raised as far as the listener's own volume leaves room, never above full", () => {
    expect(elementVolume(0.5, 6)).toBeCloseTo(0.499, 3);
    expect(elementVolume(1, 6)).toBe(1);
    expect(elementVolume(0.7, undefined)).toBeCloseTo(0.49, 5);
  });

  it("an album has one gain, by the energy of its tracks and under its highest peak; a single track has its own", () => {
    const of = (seconds: number, integrated_lufs: number, true_peak_dbtp: number, gain_db = 0) => ({
      duration_ms: seconds * 1000,
      loudness: { integrated_lufs, true_peak_dbtp, gain_db },
    });
    expect(albumGain([of(60, -20, -9, 6)])).toBe(6);
    // Equal lengths at -10 and -20 LUFS: 10 lg (0.55 / 10) + 10 = -12.6 LUFS.
    expect(albumGain([of(60, -10, -1), of(60, -20, -9)])).toBeCloseTo(-1.404, 3);
    expect(albumGain([of(60, -24, -3), of(60, -24, -12)])).toBe(2);
    expect(albumGain([{ duration_ms: 1000, loudness: null }])).toBe(0);
  });
});

describe("times", () => {
  it("as a clock", () => {
    expect([clock(0), clock(59.9), clock(61), clock(3661)]).toEqual(["0:00", "0:59", "1:01", "1:01:01"]);
  });

  it("as a screen reader says them", () => {
    expect([spoken(0), spoken(61), spoken(7322)]).toEqual(["0 seconds", "1 minute 1 second", "2 hours 2 minutes 2 seconds"]);
  });

  it("of an album", () => {
    expect([total(20_000), total(2_520_000), total(5_400_000)]).toEqual(["1 min", "42 min", "1 h 30 min"]);
  });

  it("of the past", () => {
    const now = Date.parse("2026-02-01T12:00:00Z");
    expect(ago("2026-02-01T11:59:40Z", now)).toBe("just now");
    expect(ago("2026-02-01T11:00:00Z", now)).toBe("1 hour ago");
    expect(ago("2026-01-31T12:00:00Z", now)).toBe("yesterday");
  });
});

it("qualities by the names that listeners know", () => {
  expect(qualityName({ id: "aac160", codecs: "mp4a.40.2", bandwidth: 165_531 })).toBe("AAC 160");
  expect(qualityName({ id: "flac", codecs: "flac", bandwidth: 900_000 })).toBe("Lossless");
  expect(qualityName({ id: "flac-hires", codecs: "flac", bandwidth: 2_000_000 })).toBe("Hi-res lossless");
  expect(qualityName(null)).toBe("");
});

it.each([
  ["Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36", "Chrome on Linux"],
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0", "Edge on Windows"],
  ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:143.0) Gecko/20100101 Firefox/143.0", "Firefox on macOS"],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1", "Safari on iOS"],
  ["curl/8", "Browser"],
])("%s is %s", (agent, name) => {
  expect(nameOf(agent)).toBe(name);
});

describe("who is heard", () => {
  it("names a singer who also wrote the song once, and a composer who does not sing not at all", () => {
    const nina = { id: "art_1", name: "Nina Simone" };
    const duke = { id: "art_2", name: "Duke Ellington", role: "composer" };
    const guest = { id: "art_3", name: "Jimmy Bond", role: "featured" };
    expect(byline([nina, guest, { ...nina, role: "composer" }, duke])).toBe("Nina Simone, Jimmy Bond");
  });
});

it("a Clear Key request is read for its key ids, as the manifest writes them", () => {
  const body = new TextEncoder().encode('{"kids":["_-8BI0VniavN7wABAgMEBQ"],"type":"temporary"}');
  expect([...kidsIn(body)]).toEqual(["ffef0123456789abcdef000102030405"]);
  expect(kidsIn(null).size).toBe(0);
});
