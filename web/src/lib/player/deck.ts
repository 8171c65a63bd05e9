/**
 * One media element and the player on it. Two decks take turns: one is heard while the other is made ready
 * with the next track, so that a change of track costs no request.
 */

import type { Grant } from "../api/types";
import { Coalescer, SPAN_SECONDS, type Statistics } from "./coalescer";
import { manifestAddress, present, type Rendition } from "./manifest";
import { closeStream, loadShaka, openStream, type ShakaPlayer } from "./shaka";

/** What a deck needs from the rest: licences carry the access token, refused signatures are renewed. */
export interface DeckSupport {
  accessToken(): Promise<string | null>;
  renewed(grant: Grant): Promise<Grant>;
}

export interface DeckEvents {
  playing(): void;
  paused(): void;
  waiting(): void;
  moved(seconds: number): void;
  ended(): void;
  failed(error: unknown): void;
  quality(rendition: Rendition): void;
}

export interface LoadOptions {
  startSeconds?: number;
  /** Bits per second to believe until measured. */
  estimate: number;
  /** Begin on a light rendition: somebody waits for the first sound. */
  light?: boolean;
  /** Bits per second never to pass. */
  limit: number;
}

/** Seconds kept ahead until it is known what the network carries; then `AHEAD_SECONDS`. */
const FIRST_SECONDS = 10;
/** With so much in hand a heavier rendition, lossless above all, puts nothing at risk. */
const SAFE_SECONDS = 8;
export const AHEAD_SECONDS = 30;
/** Bits per second of the heaviest rendition to begin with: AAC 320 with what its file adds. */
const LIGHT = 400_000;

let serial = 0;

export class Deck {
  readonly audio: HTMLAudioElement;
  /** The latest grant of what is loaded: its signature and its licence token are the ones in use. */
  grant: Grant | null = null;
  /** What is heard, where the player has said so: not what it loads for later. */
  rendition: Rendition | null = null;
  #renditions: Rendition[] = [];
  #shaka: Promise<ShakaPlayer> | null = null;
  #player: ShakaPlayer | null = null;
  #coalescer: Coalescer | null = null;
  #stream = "";
  #loads = 0;
  #decoded: number | null = null;
  /** Tell the bandwidth estimator of bytes; of none, to have it choose again. */
  #direct: (ms: number, bytes: number) => void = () => {};
  /** Have it choose again at once. */
  #choose: () => void = () => {};
  #cautious = false;
  #limit = Number.POSITIVE_INFINITY;
  readonly #support: DeckSupport;
  readonly #events: (deck: Deck) => DeckEvents;

  constructor(audio: HTMLAudioElement, support: DeckSupport, events: (deck: Deck) => DeckEvents) {
    this.audio = audio;
    this.#support = support;
    this.#events = events;
    audio.preload = "auto";
    const on = (name: string, tell: (to: DeckEvents) => void) =>
      audio.addEventListener(name, () => {
        if (this.grant) tell(events(this));
      });
    on("playing", (to) => to.playing());
    on("pause", (to) => {
      if (!audio.ended) to.paused();
    });
    on("waiting", (to) => to.waiting());
    on("timeupdate", (to) => {
      this.#consider();
      to.moved(audio.currentTime);
    });
    on("ended", (to) => to.ended());
  }

  /** Start fetching what does not depend on a track. */
  warm(): void {
    void this.#ready().catch(() => {});
  }

  /** Load *grant*'s track; it does not play by itself. Only the latest load counts. */
  async load(grant: Grant, options: LoadOptions): Promise<void> {
    const turn = ++this.#loads;
    this.grant = grant;
    const stream = `s${++serial}`;
    const presentation = present(grant.dash, stream);
    const coalescer = new Coalescer({
      fragments: new Map(presentation.renditions.map((r) => [r.file, r])),
      source: {
        address: (file) => {
          const { url, query } = this.grant?.media ?? grant.media;
          return `${url.endsWith("/") ? url : `${url}/`}${file}?${query}`;
        },
        renew: async () => {
          const fresh = await this.#support.renewed(grant);
          if (turn === this.#loads) this.grant = fresh;
        },
      },
      idle: (ms, bytes) => this.#direct(ms, bytes),
      refused: (reason) => {
        if (turn === this.#loads) this.#events(this).failed(reason);
      },
    });
    const player = await this.#ready();
    if (turn !== this.#loads) return;
    closeStream(this.#stream);
    this.#stream = stream;
    this.#coalescer = coalescer;
    this.#renditions = presentation.renditions;
    this.rendition = null;
    openStream(stream, presentation.mpd, coalescer);
    this.#cautious = true;
    this.#limit = options.limit;
    player.configure({
      drm: { servers: { "org.w3.clearkey": grant.drm.clearkey?.licence_url ?? "" } },
      streaming: { bufferingGoal: FIRST_SECONDS },
      abr: {
        defaultBandwidthEstimate: options.estimate,
        restrictions: { maxBandwidth: Math.min(options.limit, options.light ? LIGHT : Number.POSITIVE_INFINITY) },
      },
    });
    await player.load(manifestAddress(stream), options.startSeconds ?? 0, "application/dash+xml");
  }

  async unload(): Promise<void> {
    this.#loads += 1;
    this.#decoded = this.decodedBytes;
    this.grant = null;
    this.rendition = null;
    this.#renditions = [];
    closeStream(this.#stream);
    this.#coalescer = null;
    await this.#player?.unload();
  }

  /**
   * Long requests leave the bandwidth estimator without news for half a minute, so it is asked again and
   * again whether another rendition would do better.
   */
  #consider(): void {
    if (this.#cautious && !this.audio.paused && (this.buffered >= SAFE_SECONDS || this.complete)) {
      this.#cautious = false;
      if (this.#coalescer) this.#coalescer.span = SPAN_SECONDS;
      this.#player?.configure({ abr: { restrictions: { maxBandwidth: this.#limit } } });
      this.#choose();
      this.#player?.configure({ streaming: { bufferingGoal: AHEAD_SECONDS } });
    }
    if (!this.complete) this.#direct(0, 0);
  }

  play(): Promise<void> {
    return this.audio.play();
  }

  pause(): void {
    this.audio.pause();
  }

  seek(seconds: number): void {
    this.audio.currentTime = Math.max(0, Math.min(seconds, this.seconds));
  }

  get seconds(): number {
    const own = this.audio.duration;
    return Number.isFinite(own) && own > 0 ? own : (this.grant?.duration_ms ?? 0) / 1000;
  }

  /** Seconds of music loaded ahead of the playhead. */
  get buffered(): number {
    const { buffered, currentTime } = this.audio;
    for (let i = 0; i < buffered.length; i += 1) {
      if (buffered.start(i) <= currentTime + 0.1 && currentTime <= buffered.end(i)) return buffered.end(i) - currentTime;
    }
    return 0;
  }

  /** Loaded to the end of the track. */
  get complete(): boolean {
    return this.grant !== null && this.buffered > 0 && this.audio.currentTime + this.buffered >= this.seconds - 0.25;
  }

  /** Bytes of audio that were decoded of what is loaded, or was last; null where the browser does not count them. */
  get decodedBytes(): number | null {
    if (!this.grant) return this.#decoded;
    return (this.audio as HTMLAudioElement & { webkitAudioDecodedByteCount?: number }).webkitAudioDecodedByteCount ?? null;
  }

  get renditions(): readonly Rendition[] {
    return this.#renditions;
  }

  get bandwidth(): number {
    return this.#player?.getStats().estimatedBandwidth || 0;
  }

  get coalescing(): Statistics | null {
    return this.#coalescer ? { ...this.#coalescer.stats } : null;
  }

  #ready(): Promise<ShakaPlayer> {
    this.#shaka ??= this.#make().catch((error: unknown) => {
      this.#shaka = null;
      throw error;
    });
    return this.#shaka;
  }

  async #make(): Promise<ShakaPlayer> {
    const shaka = await loadShaka();
    const player = new shaka.Player();
    await player.attach(this.audio);
    player.configure({
      // The groups are codecs of one recording, between which adaptation is wanted; not languages.
      manifest: { enableAudioGroups: false, dash: { ignoreMinBufferTime: true } },
      networking: { minBytesForProgressEvents: 1000 },
      drm: { retryParameters: { maxAttempts: 3, baseDelay: 300, timeout: 10_000, connectionTimeout: 8000 } },
      streaming: {
        rebufferingGoal: 0,
        observeQualityChanges: true,
        bufferBehind: 30,
        retryParameters: { maxAttempts: 6, baseDelay: 300, backoffFactor: 2, fuzzFactor: 0.5, timeout: 0, connectionTimeout: 12_000, stallTimeout: 15_000 },
      },
      abr: {
        useNetworkInformation: false,
        switchInterval: 2,
        cacheLoadThreshold: 5,
        advanced: { minTotalBytes: 32_000, minBytes: 1000, fastHalfLife: 1, slowHalfLife: 3 },
      },
      abrFactory: () => {
        const manager = new shaka.abr.SimpleAbrManager();
        this.#direct = (ms, bytes) => manager.segmentDownloaded(ms, bytes, true);
        this.#choose = () => manager.trySuggestStreams();
        return manager;
      },
    });
    player.getNetworkingEngine()?.registerRequestFilter(async (type, request) => {
      if (type !== shaka.net.NetworkingEngine.RequestType.LICENSE) return;
      const token = await this.#support.accessToken();
      if (token) request.headers["Authorization"] = `Bearer ${token}`;
      request.headers["X-Licence-Token"] = this.grant?.licence_token ?? "";
      request.headers["Content-Type"] = "application/json";
    });
    player.addEventListener("error", (event) => {
      const error = (event as unknown as { detail: { severity: number } }).detail;
      if (this.grant && error.severity === shaka.util.Error.Severity.CRITICAL) this.#events(this).failed(error);
    });
    player.addEventListener("mediaqualitychanged", (event) => {
      const { bandwidth } = (event as unknown as { mediaQuality: { bandwidth: number } }).mediaQuality;
      const rendition = this.#renditions.find((r) => r.bandwidth === bandwidth);
      if (!this.grant || !rendition) return;
      this.rendition = rendition;
      this.#events(this).quality(rendition);
    });
    this.#player = player;
    return player;
  }
}
