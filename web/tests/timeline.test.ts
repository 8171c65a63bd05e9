import { expect, it } from "vitest";
import type { Rendition } from "../src/lib/player/manifest";
import { joins, Timeline } from "../src/lib/player/timeline";

/** As much of shaka-player as a timeline is made of: the library itself needs a browser to load. */
class Reference {
  constructor(
    readonly startTime: number,
    readonly endTime: number,
    readonly uris: () => string[],
    readonly first: number,
    readonly last: number,
    readonly init: unknown,
    readonly timestampOffset: number,
    readonly appendWindowStart: number,
    readonly appendWindowEnd: number,
  ) {}
}

class Index {
  constructor(public references: Reference[]) {}

  mergeAndEvict(more: Reference[]): void {
    this.references.push(...more);
  }

  fit(_: number, end: number): void {
    this.references = this.references.filter((reference) => reference.startTime < end);
  }
}

class Presentation {
  #duration = 0;
  setStatic(): void {}
  setDuration(seconds: number): void {
    this.#duration = seconds;
  }
  getDuration(): number {
    return this.#duration;
  }
}

const shaka = {
  media: { PresentationTimeline: Presentation, SegmentIndex: Index, SegmentReference: Reference, InitSegmentReference: Object },
} as never;

interface Stream {
  originalId: string;
  segmentIndex: Index;
}

interface Manifest {
  presentationTimeline: Presentation;
  variants: { audio: Stream }[];
}

function rendition(id: string, more: Partial<Rendition> = {}): Rendition {
  return {
    id,
    file: `${id}.mp4`,
    codecs: "mp4a.40.2",
    bandwidth: 100_000,
    sampleRate: 44_100,
    channels: 2,
    kid: "00112233445566778899aabbccddeeff",
    pssh: "AAAA",
    init: "AAAA",
    offset: 0,
    starts: [100, 200],
    ends: [199, 249],
    seconds: [1, 0.25],
    ...more,
  };
}

async function loaded(timeline: Timeline): Promise<{ manifest: Manifest; heard: string[] }> {
  const heard: string[] = [];
  const manifest = await timeline.parser().start("legato://s1/", {
    filter: async () => {},
    newDrmInfo: (stream: Stream) => heard.push(`licence of ${stream.originalId}`),
    updateDuration: () => heard.push("duration"),
  } as never);
  return { manifest: manifest as unknown as Manifest, heard };
}

const references = (stream: Stream) => stream.segmentIndex.references;

it("places every track after the one before, and cuts its media to the sample at both ends", async () => {
  const timeline = new Timeline(shaka, "s1", [rendition("aac48"), rendition("aac96")], 1.5);
  const { manifest, heard } = await loaded(timeline);
  expect(manifest.presentationTimeline.getDuration()).toBe(2.75);
  expect(timeline.open).toBe(true);
  const part = timeline.join("s2", [rendition("aac48"), rendition("aac96", { offset: 0.5 })]);
  expect(part).toMatchObject({ start: 1.25, end: 2.5 });
  expect(heard).toEqual(["licence of aac48", "duration"]);
  expect(timeline.open).toBe(false);
  const second = manifest.variants[1]!.audio;
  expect(references(second).map((r) => [r.startTime, r.endTime])).toEqual([
    [0, 1],
    [1, 1.25],
    [1.25, 2.25],
    [2.25, 2.5],
  ]);
  const last = references(second).at(-1)!;
  expect([last.first, last.last, last.uris()[0]]).toEqual([200, 249, "legato://s2/aac96.mp4"]);
  expect(last.timestampOffset).toBe(0.75);
  // What shaka-player then widens by a tenth of a second on both sides.
  expect(last.appendWindowStart - 0.1).toBeCloseTo(1.25, 9);
  expect(last.appendWindowEnd + 0.1).toBeCloseTo(2.5, 9);
});

it("ends after the first track once nothing is to follow", async () => {
  const timeline = new Timeline(shaka, "s1", [rendition("aac48")], 9);
  const { manifest } = await loaded(timeline);
  timeline.join("s2", [rendition("aac48")]);
  timeline.close(1.25);
  expect(timeline.parts).toHaveLength(1);
  expect(manifest.presentationTimeline.getDuration()).toBe(1.25);
  expect(references(manifest.variants[0]!.audio).at(-1)!.endTime).toBe(1.25);
});

it("joins the same ladder alone", () => {
  const ladder = [rendition("aac48"), rendition("flac", { codecs: "flac" })];
  expect(joins(ladder, [...ladder])).toBe(true);
  expect(joins(ladder, ladder.slice(0, 1))).toBe(false);
  expect(joins(ladder, [ladder[0]!, rendition("flac", { codecs: "flac", sampleRate: 48_000 })])).toBe(false);
});
