/**
 * One media element and the player on it. Two decks take turns: one is heard while the other is made ready
 * with the next track, so that a change of track costs no request.
 */

import type { Grant } from "../api/types";
import { adaptation, SAFE_SECONDS, type Adaptation } from "./adaptation";
import { Coalescer, SPAN_SECONDS, type Statistics } from "./coalescer";
import { makeEngine } from "./engine";
import { read, type Rendition } from "./manifest";
import { closePart, loadShaka, loadTimeline, openPart, type ShakaPlayer } from "./shaka";
import { joins, Timeline, type Part } from "./timeline";

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
  /** The track that was joined on is heard from now on. */
  crossed(): void;
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
  /** Seconds of the track that will be joined on, where one will be. */
  more?: number;
}

/** A track on the deck's timeline, and what reads its media. */
interface Loaded {
  part: Part;
  /** The latest grant of it: its signature and its licence token are the ones in use. */
  grant: Grant;
  coalescer: Coalescer;
}

/** Seconds kept ahead until it is known what the network carries; then `AHEAD_SECONDS`. */
const FIRST_SECONDS = 10;
export const AHEAD_SECONDS = 30;
/** Bits per second of the heaviest rendition to begin with: AAC 160 with what its file adds. */
const LIGHT = 200_000;
/** An element that waits for more than there is stops this close to the end. */
const LAST_SECONDS = 0.05;

let serial = 0;

export class Deck {
  readonly audio: HTMLAudioElement;
  /** What is heard, where the player has said so: not what it loads for later. */
  rendition: Rendition | null = null;
  /** Decibels to the common loudness, for all that is joined: within an album the steps between tracks are music. */
  gain = 0;
  #shaka: Promise<ShakaPlayer> | null = null;
  #player: ShakaPlayer | null = null;
  #timeline: Timeline | null = null;
  #loaded: Loaded[] = [];
  /** A load is on its way: its grant, before there is a timeline. */
  #coming: Grant | null = null;
  /** What was joined on is not wanted any more: the deck ends before it. */
  #cut = false;
  #loads = 0;
  #decoded: number | null = null;
  #adaptation: Adaptation | null = null;
  /** Bits per second of the rendition that is loaded now. */
  #loading = 0;
  #cautious = false;
  #limit = Number.POSITIVE_INFINITY;
  #alarm: ReturnType<typeof setTimeout> | null = null;
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
    on("playing", (to) => {
      this.#watch();
      to.playing();
    });
    on("pause", (to) => {
      if (!audio.ended) to.paused();
    });
    on("waiting", (to) => {
      if (!this.#over(LAST_SECONDS)) to.waiting();
    });
    on("timeupdate", (to) => {
      this.#consider();
      this.#watch();
      to.moved(this.position);
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
    this.#forget();
    this.#coming = grant;
    const renditions = read(grant.dash);
    const player = await this.#ready();
    if (turn !== this.#loads) return;
    const timeline = new Timeline(await loadShaka(), `s${++serial}`, renditions, options.more);
    if (turn !== this.#loads) return;
    this.#timeline = timeline;
    this.#open(timeline.parts[0]!, this.#coming);
    this.#coming = null;
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
    await loadTimeline(player, timeline, options.startSeconds ?? 0);
  }

  /** Whether a track with the same ladder can still follow without a gap. */
  get joinable(): boolean {
    return !this.#cut && this.#loaded.length > 0 && this.#timeline!.open && this.#next === null;
  }

  /** Have *grant*'s track follow without a gap. False where that cannot be: its ladder is another one. */
  join(grant: Grant, more = 0): boolean {
    const timeline = this.#timeline;
    const renditions = read(grant.dash);
    if (!timeline || !this.joinable || !joins(this.#loaded[0]!.part.renditions, renditions)) return false;
    const name = `s${++serial}`;
    // Its licence is asked for while it is joined, so it must be known by then.
    const part = { name, renditions, start: timeline.end, end: Number.POSITIVE_INFINITY };
    const loaded = this.#open(part, grant);
    loaded.coalescer.span = SPAN_SECONDS;
    loaded.part = timeline.join(name, renditions, more);
    return true;
  }

  /** Nothing is to follow on this deck after what is heard. */
  cut(): void {
    const { part } = this.#current ?? {};
    if (!part || !this.#timeline || this.#cut) return;
    const next = this.#next;
    if (!next && !this.#timeline.open) return;
    this.#cut = next !== null;
    // What is loaded already cannot be taken back in time: the deck stops before it.
    if (!next || this.loadedTo <= part.end) this.#timeline.close(part.end);
    if (next) closePart(next.part.name);
  }

  /** Hear the track that was joined on, now. */
  skip(): void {
    if (!this.#next) return;
    this.#advance();
    // A whole microsecond later than it is to the float: the element rounds.
    this.audio.currentTime = this.#start + 1e-6;
  }

  async unload(): Promise<void> {
    this.#loads += 1;
    this.#decoded = this.decodedBytes;
    this.#forget();
    await this.#player?.unload();
  }

  #forget(): void {
    if (this.#alarm) clearTimeout(this.#alarm);
    this.#alarm = null;
    for (const { part } of this.#loaded) closePart(part.name);
    this.#loaded = [];
    this.#timeline = null;
    this.#coming = null;
    this.#cut = false;
    this.#loading = 0;
    this.rendition = null;
  }

  #open(part: Part, grant: Grant): Loaded {
    const loaded: Loaded = {
      part,
      grant,
      coalescer: new Coalescer({
        fragments: new Map(part.renditions.map((r) => [r.file, r])),
        source: {
          address: (file) => {
            const { url, query } = loaded.grant.media;
            return `${url.endsWith("/") ? url : `${url}/`}${file}?${query}`;
          },
          renew: async () => {
            loaded.grant = await this.#support.renewed(loaded.grant);
          },
        },
        idle: (ms, bytes) => this.#adaptation?.direct(ms, bytes),
        refused: (reason) => this.#failed(loaded, reason),
      }),
    };
    this.#loaded.push(loaded);
    openPart(part, loaded.coalescer);
    return loaded;
  }

  /** What fails of a track that is not heard yet ends nothing but the joint. */
  #failed(loaded: Loaded | undefined, reason: unknown): void {
    if (loaded && loaded === this.#next) this.cut();
    else if (this.grant && (!loaded || loaded === this.#current)) this.#events(this).failed(reason);
  }

  /** The track that is heard. */
  get #current(): Loaded | null {
    return this.#loaded[0] ?? null;
  }

  /** The track that follows it on the timeline. */
  get #next(): Loaded | null {
    return this.#loaded[1] ?? null;
  }

  /** The latest grant of what is heard. */
  get grant(): Grant | null {
    return this.#current?.grant ?? this.#coming;
  }

  set grant(fresh: Grant | null) {
    if (this.#current && fresh) this.#current.grant = fresh;
  }

  /** Go on to the next track when the playhead has come to it, and be there in time for the next look. */
  #watch(): void {
    if (this.#alarm) clearTimeout(this.#alarm);
    this.#alarm = null;
    const next = this.#next;
    if (!next || this.#over(0)) return;
    const left = next.part.start - this.audio.currentTime;
    if (!this.audio.paused && left < 1) this.#alarm = setTimeout(() => this.#watch(), Math.max(1, left * 1000));
  }

  /** Whether the current track is over, within *early* seconds: then the next one's turn has come. */
  #over(early: number): boolean {
    const next = this.#next;
    if (!next || this.audio.currentTime < next.part.start - early) return false;
    if (this.#cut) {
      this.audio.pause();
      this.#cut = false;
      this.#loaded.splice(1);
      this.#events(this).ended();
      return true;
    }
    if (early) return false;
    this.#advance();
    this.#events(this).crossed();
    return true;
  }

  #advance(): void {
    const [before] = this.#loaded.splice(0, 1);
    closePart(before!.part.name);
    // To shaka-player the stream has not changed: it is the new track's rendition of the same name.
    this.rendition = this.renditions.find((r) => r.id === this.rendition?.id) ?? null;
  }

  /**
   * Long requests leave the bandwidth estimator without news for half a minute, so it is asked again and
   * again whether another rendition would do better.
   */
  #consider(): void {
    if (this.#cautious && !this.audio.paused && (this.buffered >= SAFE_SECONDS || this.complete)) {
      this.#cautious = false;
      for (const { coalescer } of this.#loaded) coalescer.span = SPAN_SECONDS;
      this.#player?.configure({ abr: { restrictions: { maxBandwidth: this.#limit } } });
      this.#adaptation?.choose();
      this.#player?.configure({ streaming: { bufferingGoal: AHEAD_SECONDS } });
    }
    if (!this.complete) this.#adaptation?.direct(0, 0);
  }

  play(): Promise<void> {
    return this.audio.play();
  }

  pause(): void {
    this.audio.pause();
  }

  seek(seconds: number): void {
    this.audio.currentTime = this.#start + Math.max(0, Math.min(seconds, this.seconds));
  }

  get #start(): number {
    return this.#current?.part.start ?? 0;
  }

  /** Seconds into the track that is heard. */
  get position(): number {
    return Math.max(0, this.audio.currentTime - this.#start);
  }

  /** How long it is. */
  get seconds(): number {
    const part = this.#current?.part;
    return part ? part.end - part.start : (this.grant?.duration_ms ?? 0) / 1000;
  }

  /** Seconds of music loaded ahead of the playhead. */
  get buffered(): number {
    return Math.max(0, this.loadedTo - this.audio.currentTime);
  }

  /** Up to where on the timeline the music around the playhead is loaded. */
  get loadedTo(): number {
    const { buffered, currentTime } = this.audio;
    for (let i = 0; i < buffered.length; i += 1) {
      if (buffered.start(i) <= currentTime + 0.1 && currentTime <= buffered.end(i)) return buffered.end(i);
    }
    return 0;
  }

  /** Loaded to the end of the track. */
  get complete(): boolean {
    return this.buffered > 0 && this.loadedTo >= this.#start + this.seconds - 0.25;
  }

  /** Bytes of audio that were decoded of what is loaded, or was last; null where the browser does not count them. */
  get decodedBytes(): number | null {
    if (!this.grant) return this.#decoded;
    return (this.audio as HTMLAudioElement & { webkitAudioDecodedByteCount?: number }).webkitAudioDecodedByteCount ?? null;
  }

  get renditions(): readonly Rendition[] {
    return this.#current?.part.renditions ?? [];
  }

  get bandwidth(): number {
    return this.#player?.getStats().estimatedBandwidth || 0;
  }

  get coalescing(): Statistics | null {
    return this.#current ? { ...this.#current.coalescer.stats } : null;
  }

  #ready(): Promise<ShakaPlayer> {
    this.#shaka ??= this.#make().catch((error: unknown) => {
      this.#shaka = null;
      throw error;
    });
    return this.#shaka;
  }

  async #make(): Promise<ShakaPlayer> {
    this.#player = await makeEngine(this.audio, {
      adaptation: (shaka) => {
        this.#adaptation = adaptation(
          shaka,
          () => this.#loading,
          (bandwidth) => {
            this.#loading = bandwidth;
          },
        );
        return this.#adaptation;
      },
      licence: async (kids) => ({ access: await this.#support.accessToken(), licence: this.#licensed(kids)?.licence_token ?? "" }),
      failed: (error, name) => this.#failed(name ? this.#loaded.find(({ part }) => part.name === name) : undefined, error),
      sounds: (id) => {
        const rendition = this.renditions.find((r) => r.id === id);
        if (!this.grant || !rendition) return;
        this.rendition = rendition;
        this.#events(this).quality(rendition);
      },
    });
    return this.#player;
  }

  /** The grant whose keys *kids* are. */
  #licensed(kids: ReadonlySet<string>): Grant | null {
    return this.#loaded.find(({ part }) => part.renditions.some((r) => kids.has(r.kid)))?.grant ?? this.grant;
  }
}
