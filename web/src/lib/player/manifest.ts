/**
 * The grant's MPD, read for what the coalescer must know and rewritten to go through it.
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
  /** Key id as 32 hex digits; empty where the rendition is not encrypted. */
  kid: string;
}

export interface Presentation {
  renditions: Rendition[];
  /** The MPD with its media at `legato://<stream>/<file>`. */
  mpd: string;
}

export const SCHEME = "legato";
export const MANIFEST = "manifest.mpd";

export function manifestAddress(stream: string): string {
  return `${SCHEME}://${stream}/${MANIFEST}`;
}

/** *stream* names one load of one track, so that two players of the same track keep apart. */
export function present(dash: string, stream: string): Presentation {
  const renditions: Rendition[] = [];
  let family: Attributes = {};
  let current: Rendition | null = null;
  let timescale = 1;
  let rewritten = "";
  let from = 0;
  let inBase = false;
  for (const tag of tags(dash)) {
    if (tag.name === "AdaptationSet" && !tag.closing) family = tag.attributes;
    else if (tag.name === "Representation") {
      if (!tag.closing) renditions.push((current = rendition({ ...family, ...tag.attributes })));
      else current = null;
    } else if (tag.name === "ContentProtection" && current && tag.attributes["cenc:default_KID"]) {
      current.kid = tag.attributes["cenc:default_KID"].replaceAll("-", "").toLowerCase();
    } else if (tag.name === "BaseURL") {
      if (inBase && tag.closing) {
        const file = lastSegment(unescape(dash.slice(from, tag.start)));
        if (current) current.file = file;
        rewritten += `${SCHEME}://${stream}/${file}`;
        from = tag.start;
      } else if (!tag.closing) {
        rewritten += dash.slice(from, tag.end);
        from = tag.end;
      }
      inBase = !tag.closing;
    } else if (tag.name === "SegmentList" && !tag.closing) timescale = Number(tag.attributes["timescale"] ?? 1);
    else if (tag.name === "S" && current) {
      const seconds = Number(tag.attributes["d"]) / timescale;
      for (let n = Number(tag.attributes["r"] ?? 0); n >= 0; n -= 1) current.seconds.push(seconds);
    } else if (tag.name === "SegmentURL" && current) {
      const [first, last] = (tag.attributes["mediaRange"] ?? "").split("-").map(Number);
      current.starts.push(first ?? Number.NaN);
      current.ends.push(last ?? Number.NaN);
    }
  }
  return { renditions, mpd: rewritten + dash.slice(from) };
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
    kid: "",
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
