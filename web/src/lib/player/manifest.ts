/**
 * The grant's MPD, read for what the timeline and the coalescer must know.
 *
 * The manifest is our own server's: isoff-main, `SegmentList` with a `SegmentTimeline` and a `mediaRange`
 * for each fragment (ISO/IEC 23009-1, 5.3.9). It is XML without CDATA, so a scan of its tags reads it.
 */

export interface Fragments {
  /** First and last byte of each fragment, and its seconds; parallel, in order. */
  starts: number[];
  ends: number[];
  seconds: number[];
}

export interface Rendition extends Fragments {
  id: string;
  /** Name of the file below `media.url`. */
  file: string;
  codecs: string;
  bandwidth: number;
  sampleRate: number;
  channels: number;
  /** Key id as 32 hex digits; empty where the rendition is not encrypted. */
  kid: string;
  /** The common system's `pssh` box, in base64; empty where there is none. */
  pssh: string;
  /** The init section, in base64. */
  init: string;
  /** Seconds of media time that stand before the first sound. */
  offset: number;
}

export const SCHEME = "legato";
const COMMON_SYSTEM = "urn:uuid:1077efec-c0b2-4d02-ace3-3c1e52e2fb4b";

/** The renditions that *dash* names, in its order. */
export function read(dash: string): Rendition[] {
  const renditions: Rendition[] = [];
  let family: Attributes = {};
  let current: Rendition | null = null;
  let timescale = 1;
  let system = "";
  let begun = "";
  let from = 0;
  for (const tag of tags(dash)) {
    if (tag.name === "AdaptationSet" && !tag.closing) family = tag.attributes;
    else if (tag.name === "Representation") {
      if (!tag.closing) renditions.push((current = rendition({ ...family, ...tag.attributes })));
      else current = null;
    }
    if (!current) continue;
    if (!tag.closing) {
      begun = tag.name;
      from = tag.end;
    } else if (begun === tag.name) {
      const text = unescape(dash.slice(from, tag.start)).trim();
      if (tag.name === "BaseURL") current.file = lastSegment(text);
      else if (tag.name === "cenc:pssh" && system === COMMON_SYSTEM) current.pssh = text;
      begun = "";
    }
    if (tag.closing) continue;
    const { attributes } = tag;
    if (tag.name === "ContentProtection") {
      system = (attributes["schemeIdUri"] ?? "").toLowerCase();
      if (attributes["cenc:default_KID"]) current.kid = attributes["cenc:default_KID"].replaceAll("-", "").toLowerCase();
    } else if (tag.name === "AudioChannelConfiguration") current.channels = Number(attributes["value"] ?? 2);
    else if (tag.name === "Initialization") current.init = (attributes["sourceURL"] ?? "").replace(/^data:[^,]*,/, "");
    else if (tag.name === "SegmentList") {
      timescale = Number(attributes["timescale"] ?? 1);
      current.offset = Number(attributes["presentationTimeOffset"] ?? 0) / timescale;
    } else if (tag.name === "S") {
      const seconds = Number(attributes["d"]) / timescale;
      for (let n = Number(attributes["r"] ?? 0); n >= 0; n -= 1) current.seconds.push(seconds);
    } else if (tag.name === "SegmentURL") {
      const [first, last] = (attributes["mediaRange"] ?? "").split("-").map(Number);
      current.starts.push(first ?? Number.NaN);
      current.ends.push(last ?? Number.NaN);
    }
  }
  return renditions;
}

type Attributes = Record<string, string>;

interface Tag {
  name: string;
  closing: boolean;
  attributes: Attributes;
  start: number;
  end: number;
}

function* tags(xml: string): Generator<Tag> {
  for (const match of xml.matchAll(/<!--[\s\S]*?-->|<(\/?)([A-Za-z][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*\/?>/g)) {
    const name = match[2];
    if (!name) continue;
    const attributes: Attributes = {};
    for (const [, key, double, single] of (match[3] ?? "").matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
      attributes[key!] = unescape(double ?? single ?? "");
    }
    yield { name, closing: match[1] === "/", attributes, start: match.index, end: match.index + match[0].length };
  }
}

function rendition(attributes: Attributes): Rendition {
  return {
    id: attributes["id"] ?? "",
    file: "",
    codecs: attributes["codecs"] ?? "",
    bandwidth: Number(attributes["bandwidth"] ?? 0),
    sampleRate: Number(attributes["audioSamplingRate"] ?? 44_100),
    channels: 2,
    kid: "",
    pssh: "",
    init: "",
    offset: 0,
    starts: [],
    ends: [],
    seconds: [],
  };
}

function lastSegment(url: string): string {
  return url.trim().split(/[?#]/)[0]!.split("/").pop()!;
}

function unescape(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");
}
