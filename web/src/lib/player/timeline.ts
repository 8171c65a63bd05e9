/**
 * What one deck plays, as one timeline: a track, and the tracks of its album that follow it without a gap.
 *
 * It is the manifest that shaka-player reads (shaka.extern.Manifest), and it grows while it plays: a track is
 * joined on when its grant is there. Every track's media are cut to the sample at its own bounds.
 */

import type Shaka from "shaka-player/dist/shaka-player.dash-es2021.js";
import { SCHEME, type Rendition } from "./manifest";

type Library = typeof Shaka;

export const MIME = "application/x-legato";
/** shaka-player widens every append window by this on both sides (StreamingEngine's fudges), so it is taken off before. */
const WIDENED = 0.1;
const CLEAR_KEY = "org.w3.clearkey";

/** One track's place on the timeline. */
export interface Part {
  /** Names the part's media: `legato://<name>/<file>`. */
  name: string;
  renditions: Rendition[];
  /** Seconds on the timeline. */
  start: number;
  end: number;
}

/** Length of what is heard, in seconds: renditions of one track differ by less than a sample's worth of resampling. */
function lengthOf(renditions: readonly Rendition[]): number {
  return Math.max(...renditions.map((r) => r.seconds.reduce((sum, s) => sum + s, 0)));
}

/** Whether *next* can follow *before* within one stream: the same ladder, codec by codec and rate by rate. */
export function joins(before: readonly Rendition[], next: readonly Rendition[]): boolean {
  const shape = (of: readonly Rendition[]) => of.map((r) => `${r.id} ${r.codecs} ${r.sampleRate} ${r.channels}`).join();
  return shape(before) === shape(next);
}

export class Timeline {
  readonly name: string;
  readonly parts: Part[] = [];
  readonly #shaka: Library;
  readonly #presentation: Shaka.media.PresentationTimeline;
  readonly #streams: Shaka.extern.Stream[];
  #interface: Shaka.extern.ManifestParser.PlayerInterface | null = null;

  /** *more*: seconds for which the end is kept open, because a track will be joined on. */
  constructor(shaka: Library, name: string, renditions: Rendition[], more = 0) {
    this.#shaka = shaka;
    this.name = name;
    this.#presentation = new shaka.media.PresentationTimeline(null, 0);
    this.#presentation.setStatic(true);
    const part = this.#place(name, renditions);
    this.#streams = renditions.map((rendition, i) => this.#stream(rendition, part, i));
    this.#presentation.setDuration(part.end + more);
  }

  /** The part that sounds at *seconds*. */
  at(seconds: number): Part {
    return this.parts.findLast((part) => part.start <= seconds) ?? this.parts[0]!;
  }

  get end(): number {
    return this.parts.at(-1)!.end;
  }

  get open(): boolean {
    return this.#presentation.getDuration() > this.end;
  }

  /** Put a track with the same ladder behind the last one; its licence is asked for now. */
  join(name: string, renditions: Rendition[], more = 0): Part {
    const part = this.#place(name, renditions);
    const known = new Set<string>();
    renditions.forEach((rendition, i) => {
      const stream = this.#streams[i]!;
      stream.segmentIndex?.mergeAndEvict(this.#references(rendition, part), 0);
      if (known.has(rendition.pssh)) return;
      known.add(rendition.pssh);
      stream.drmInfos.push(...drmInfos(rendition));
      this.#interface?.newDrmInfo(stream);
    });
    this.#lasts(part.end + more);
    return part;
  }

  /** Nothing more will come after what is here; what came after *seconds* and has not been loaded will not. */
  close(seconds = this.end): void {
    while (this.parts.length > 1 && this.parts.at(-1)!.start >= seconds) this.parts.pop();
    for (const stream of this.#streams) stream.segmentIndex?.fit(0, this.end);
    this.#lasts(this.end);
  }

  /** What shaka-player's parser does with this timeline. */
  parser(): Pick<Shaka.extern.ManifestParser, "start" | "stop"> {
    return {
      start: async (_uri: string, playerInterface: Shaka.extern.ManifestParser.PlayerInterface) => {
        this.#interface = playerInterface;
        const manifest = this.#manifest();
        await playerInterface.filter(manifest);
        return manifest;
      },
      stop: async () => {
        this.#interface = null;
      },
    };
  }

  #lasts(seconds: number): void {
    this.#presentation.setDuration(seconds);
    this.#interface?.updateDuration();
  }

  #place(name: string, renditions: Rendition[]): Part {
    const start = this.parts.at(-1)?.end ?? 0;
    const part = { name, renditions, start, end: start + lengthOf(renditions) };
    this.parts.push(part);
    return part;
  }

  #references(rendition: Rendition, part: Part): Shaka.media.SegmentReference[] {
    const { InitSegmentReference, SegmentReference } = this.#shaka.media;
    const init = new InitSegmentReference(() => [`${SCHEME}://${part.name}/init/${rendition.id}`], 0, null, qualityOf(rendition));
    const uris = () => [`${SCHEME}://${part.name}/${rendition.file}`];
    let at = part.start;
    return rendition.seconds.map((seconds, i) => {
      const start = at;
      at = i + 1 === rendition.seconds.length ? part.end : at + seconds;
      return new SegmentReference(
        start,
        at,
        uris,
        rendition.starts[i]!,
        rendition.ends[i]!,
        init,
        part.start - rendition.offset,
        part.start + WIDENED,
        part.end - WIDENED,
      );
    });
  }

  #stream(rendition: Rendition, part: Part, id: number): Shaka.extern.Stream {
    return {
      id,
      originalId: rendition.id,
      type: "audio",
      mimeType: "audio/mp4",
      codecs: rendition.codecs,
      fullMimeTypes: new Set([`audio/mp4; codecs="${rendition.codecs}"`]),
      bandwidth: rendition.bandwidth,
      audioSamplingRate: rendition.sampleRate,
      channelsCount: rendition.channels,
      encrypted: rendition.kid !== "",
      drmInfos: drmInfos(rendition),
      keyIds: new Set(rendition.kid ? [rendition.kid] : []),
      segmentIndex: new this.#shaka.media.SegmentIndex(this.#references(rendition, part)),
      createSegmentIndex: async () => {},
      // The index outlives a switch: whoever comes back to this rendition finds it, with what was joined meanwhile.
      closeSegmentIndex: () => {},
      language: "und",
      originalLanguage: null,
      label: null,
      primary: false,
      roles: [],
      accessibilityPurpose: null,
      supplementalCodecs: "",
      forced: false,
      spatialAudio: false,
      closedCaptions: null,
      tilesLayout: undefined as unknown as string,
      trickModeVideo: null,
      dependencyStream: null,
      emsgSchemeIdUris: null,
      groupId: null,
      baseOriginalId: null,
      external: false,
      fastSwitching: false,
      isAudioMuxedInVideo: false,
      isIframe: false,
    } as Shaka.extern.Stream;
  }

  #manifest(): Shaka.extern.Manifest {
    return {
      presentationTimeline: this.#presentation,
      variants: this.#streams.map((audio, id) => ({
        id,
        language: "und",
        disabledUntilTime: 0,
        primary: false,
        audio,
        video: null,
        bandwidth: audio.bandwidth ?? 0,
        allowedByApplication: true,
        allowedByKeySystem: true,
        decodingInfos: [],
      })),
      textStreams: [],
      imageStreams: [],
      chapterStreams: [],
      offlineSessionIds: [],
      sequenceMode: false,
      ignoreManifestTimestampsInSegmentsMode: false,
      type: "DASH",
      serviceDescription: null,
      nextUrl: null,
      periodCount: 1,
      gapCount: 0,
      isLowLatency: false,
      startTime: null,
    };
  }
}

/** What shaka-player says when this rendition begins to be heard; the label is our name of it. */
function qualityOf(rendition: Rendition): Shaka.extern.MediaQualityInfo {
  return {
    audioSamplingRate: rendition.sampleRate,
    bandwidth: rendition.bandwidth,
    channelsCount: rendition.channels,
    codecs: rendition.codecs,
    contentType: "audio",
    frameRate: null,
    height: null,
    label: rendition.id,
    language: "und",
    mimeType: "audio/mp4",
    pixelAspectRatio: null,
    roles: [],
    width: null,
  };
}

function drmInfos({ kid, pssh }: Rendition): Shaka.extern.DrmInfo[] {
  if (!kid) return [];
  return [
    {
      keySystem: CLEAR_KEY,
      encryptionScheme: "cbcs",
      licenseServerUri: "",
      distinctiveIdentifierRequired: false,
      persistentStateRequired: false,
      audioRobustness: "",
      videoRobustness: "",
      serverCertificate: null,
      serverCertificateUri: "",
      sessionType: "",
      initData: pssh ? [{ initDataType: "cenc", initData: bytes(pssh), keyId: null }] : [],
      keyIds: new Set<string>(),
    },
  ];
}

export function bytes(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}
