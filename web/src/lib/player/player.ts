/**
 * Plays the queue: asks for grants, keeps one deck heard and the other ready with what comes next, and tells
 * the service what happened. Knows nothing of the page; what the page shows stands in the `View`.
 */

import { Offline, Problem } from "../api/problem";
import type { Grant, PlayEventType } from "../api/types";
import { AHEAD_SECONDS, Deck, type DeckEvents } from "./deck";
import type { Events } from "./events";
import type { Grants } from "./grants";
import { elementVolume } from "./loudness";
import type { Rendition } from "./manifest";
import type { Position } from "./progress";
import * as queues from "./queue";
import type { Entry, Queue } from "./queue";
import { problemIn } from "./shaka";

export type Status = "idle" | "loading" | "playing" | "paused" | "stalled";

/** What the page shows; written by the player alone. */
export interface View {
  status: Status;
  queue: Queue;
  /** Seconds. */
  position: number;
  duration: number;
  quality: Rendition | null;
  /** 0..1, where the control stands. */
  volume: number;
  muted: boolean;
  /** Why it does not play; null while nothing is wrong. */
  trouble: { error: Error; entry: Entry } | null;
}

const FIRST_ESTIMATE = 500_000;
/** Later than this "previous" means "from the beginning". */
const RESTART_SECONDS = 3;
const PROGRESS_EVERY_MS = 30_000;
/** Tracks passed over in a row before playing on by itself is given up. */
const MOST_SKIPS = 10;

/** One play of one track, for the events. */
interface Play {
  entry: Entry;
  grant: Grant;
  session: string;
  begun: boolean;
  heardMs: number;
  toldMs: number;
  lastPosition: number;
  stalled: boolean;
  quality: string;
}

/** The other deck and what it is about to hold; `loaded` rejects where it cannot. */
interface Prepared {
  uid: string;
  deck: Deck;
  grant: Grant | null;
  loaded: Promise<void>;
}

export class Player {
  readonly view: View;
  readonly #grants: Grants;
  readonly #events: Events;
  readonly #limit: () => number;
  readonly #decks: [Deck, Deck];
  #active: Deck;
  /** What the other deck holds ready, or is about to. */
  #prepared: Prepared | null = null;
  #play: Play | null = null;
  #turn = 0;
  #wanted = false;
  #seeking = false;
  /** Called when the lease should be told of: a play began, paused, ended, or jumped. */
  onMoved: (playing: boolean) => void = () => {};

  constructor(options: {
    view: View;
    grants: Grants;
    events: Events;
    accessToken: () => Promise<string | null>;
    audio: () => HTMLAudioElement;
    /** Bits per second never to pass. */
    limit: () => number;
  }) {
    this.view = options.view;
    this.#grants = options.grants;
    this.#events = options.events;
    this.#limit = options.limit;
    const support = { accessToken: options.accessToken, renewed: (grant: Grant) => options.grants.again(grant) };
    const deck = () => new Deck(options.audio(), support, (which) => this.#heard(which));
    this.#decks = [deck(), deck()];
    this.#active = this.#decks[0];
  }

  /** The deck that is heard; for statistics. */
  get deck(): Deck {
    return this.#active;
  }

  warm(): void {
    for (const deck of this.#decks) deck.warm();
  }

  // --- the queue

  /** Play *entries* from the one at *at*, and that one from *seconds* on. */
  async playNow(entries: readonly Entry[], at = 0, seconds = 0): Promise<void> {
    this.view.queue = queues.start(this.view.queue, entries, at);
    await this.#go({ at: seconds });
  }

  async jump(uid: string): Promise<void> {
    this.view.queue = queues.jump(this.view.queue, uid);
    await this.#go();
  }

  add(entries: readonly Entry[]): void {
    this.view.queue = queues.append(this.view.queue, entries);
  }

  addNext(entries: readonly Entry[]): void {
    this.view.queue = queues.playNext(this.view.queue, entries);
  }

  async remove(uid: string): Promise<void> {
    const playing = queues.current(this.view.queue)?.uid === uid;
    this.view.queue = queues.remove(this.view.queue, uid);
    if (!playing) return;
    if (queues.current(this.view.queue) && this.#wanted) await this.#go();
    else await this.stop();
  }

  move(uid: string, index: number): void {
    this.view.queue = queues.move(this.view.queue, uid, index);
  }

  clearUpcoming(): void {
    this.view.queue = queues.clearUpcoming(this.view.queue);
  }

  toggleShuffle(): void {
    const { queue } = this.view;
    this.view.queue = queue.unshuffled ? queues.unshuffle(queue) : queues.shuffle(queue);
  }

  turnRepeat(): void {
    this.view.queue = queues.turnRepeat(this.view.queue);
  }

  /** The listener wants another quality: from the next track on, which is made ready anew. */
  wishesChanged(): void {
    this.#grants.forget();
    this.#prepared = null;
  }

  // --- the transport

  async toggle(): Promise<void> {
    if (this.#wanted) this.pause();
    else await this.resume();
  }

  pause(): void {
    this.#wanted = false;
    if (this.view.status === "loading") this.view.status = "paused";
    this.#active.pause();
  }

  async resume(): Promise<void> {
    if (!queues.current(this.view.queue)) return;
    if (!this.#play || this.view.trouble) return this.#go({ at: this.view.position });
    this.#wanted = true;
    await this.#start(this.#active, this.#turn);
  }

  seek(seconds: number): void {
    const play = this.#play;
    if (!play) return;
    const from = this.#active.audio.currentTime;
    this.#seeking = true;
    this.#active.seek(seconds);
    this.view.position = this.#active.audio.currentTime;
    play.lastPosition = this.view.position;
    this.#tell("play_seeked", { from_ms: Math.round(from * 1000) });
    // A playing element says so again when it has arrived.
    if (this.#active.audio.paused) this.onMoved(false);
  }

  async next(): Promise<void> {
    const queue = queues.after(this.view.queue, "asked");
    if (!queue) return;
    this.view.queue = queue;
    await this.#go();
  }

  async previous(): Promise<void> {
    const queue = queues.before(this.view.queue);
    if (this.view.position > RESTART_SECONDS || !queue) return this.seek(0);
    this.view.queue = queue;
    await this.#go();
  }

  /** Begin again here, ending the stream on another device. */
  async takeOver(): Promise<void> {
    await this.#go({ takeOver: true, at: this.view.position });
  }

  setVolume(position: number, muted = false): void {
    this.view.volume = Math.max(0, Math.min(1, position));
    this.view.muted = muted;
    for (const deck of this.#decks) this.#level(deck);
  }

  async stop(): Promise<void> {
    this.#turn += 1;
    this.#wanted = false;
    this.#finish("stopped");
    this.#prepared = null;
    this.view.status = "idle";
    this.view.position = 0;
    this.view.duration = 0;
    this.view.quality = null;
    for (const deck of this.#decks) {
      deck.pause();
      await deck.unload();
    }
  }

  /** The service says that *sessionId*'s stream is another player's now, or that its lease ran out. */
  async sessionOver(sessionId: string, problem: Problem): Promise<void> {
    const play = this.#play;
    if (!play || sessionId !== this.#grants.sessionId) return;
    this.#grants.lost();
    this.#prepared = null;
    if (problem.slug === "session-ended") return this.#trouble(problem, play.entry);
    // A lease that lapsed, as after a night's sleep, is asked for again; music that plays is not touched.
    if (!this.#wanted) return;
    try {
      const fresh = await this.#grants.again(play.grant);
      if (this.#play === play) this.#active.grant = fresh;
    } catch (error) {
      if (this.#play === play && !(error instanceof Offline)) this.#trouble(error as Error, play.entry);
    }
  }

  /** Where the listener is, under the grant in use; events keep the id under which the play began. */
  where(): Position | null {
    const { audio, grant } = this.#active;
    const session = this.#grants.sessionId;
    if (!this.#play?.begun || !grant || !session) return null;
    const state = audio.ended ? "ended" : audio.paused ? "paused" : "playing";
    return { session_id: session, play_id: grant.play_id, position_ms: this.#positionMs(), state };
  }

  // --- one track

  /** Play the queue's current entry. */
  async #go(options: { takeOver?: boolean; at?: number; automatic?: boolean; skips?: number } = {}): Promise<void> {
    const entry = queues.current(this.view.queue);
    if (!entry) return;
    const turn = ++this.#turn;
    this.#wanted = true;
    this.#finish(options.automatic ? "completed" : "skipped");
    this.view.trouble = null;
    this.view.duration = entry.track.duration_ms / 1000;
    this.view.position = options.at ?? 0;
    const prepared = this.#prepared;
    this.#prepared = null;
    this.view.status = "loading";
    this.view.quality = null;
    this.#active.pause();
    try {
      if (prepared?.grant && prepared.uid === entry.uid && !options.takeOver) {
        await this.#swap(entry, prepared.deck, prepared.grant, prepared.loaded, turn);
        return;
      }
      const grant = await this.#grants.take(entry, this.#following(), options.takeOver ? { takeOver: true } : {});
      if (turn !== this.#turn) return;
      this.#begin(entry, grant);
      this.#level(this.#active, grant);
      const estimate = this.#active.bandwidth || FIRST_ESTIMATE;
      await this.#active.load(grant, { startSeconds: options.at ?? 0, estimate, light: true, limit: this.#limit() });
      if (turn === this.#turn && this.#wanted) await this.#start(this.#active, turn);
    } catch (error) {
      if (turn === this.#turn) await this.#failed(error, entry, options);
    }
  }

  /** The next track is ready on the other deck: change decks. */
  async #swap(entry: Entry, deck: Deck, grant: Grant, loaded: Promise<void>, turn: number): Promise<void> {
    const old = this.#active;
    this.#active = deck;
    this.#begin(entry, grant);
    this.#level(deck, grant);
    await loaded;
    if (turn !== this.#turn) return;
    if (this.#wanted) await this.#start(deck, turn);
    await old.unload().catch(() => {});
  }

  async #start(deck: Deck, turn: number): Promise<void> {
    try {
      await deck.play();
    } catch (error) {
      // A pause, or another track, came before the first sound; or the browser wants a gesture first.
      if (turn !== this.#turn) return;
      if (error instanceof DOMException && error.name === "NotAllowedError") this.view.status = "paused";
      else if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
    }
  }

  /** A refusal of this one track passes it over when nobody chose it; anything else stops and says why. */
  async #failed(
    error: unknown,
    entry: Entry,
    options: { automatic?: boolean; skips?: number },
  ): Promise<void> {
    const reason = error instanceof Problem || error instanceof Offline ? error : problemIn(error);
    this.#tell("play_failed", { problem: reason instanceof Problem ? reason.slug : "offline" });
    const skips = (options.skips ?? 0) + 1;
    const onward = options.automatic && ofTrack(reason) && skips < MOST_SKIPS ? queues.after(this.view.queue, "asked") : null;
    if (onward) {
      this.view.queue = onward;
      await this.#go({ automatic: true, skips });
      return;
    }
    this.#trouble(reason, entry);
  }

  #trouble(error: Error, entry: Entry): void {
    this.#wanted = false;
    this.#turn += 1;
    this.#active.pause();
    this.view.trouble = { error, entry };
    this.view.status = "paused";
    // Nothing is tried again behind the listener's back; where the music stood is kept.
    void this.#active.unload().catch(() => {});
  }

  #following(): Entry[] {
    return queues.upcoming(this.view.queue).filter((e) => e.track.playable).slice(0, 9);
  }

  #level(deck: Deck, grant: Grant | null = deck.grant): void {
    deck.audio.volume = elementVolume(this.view.volume, grant?.loudness?.gain_db);
    deck.audio.muted = this.view.muted;
  }

  // --- what the decks tell

  #heard(deck: Deck): DeckEvents {
    const own = (tell: () => void) => () => {
      if (deck === this.#active) tell();
    };
    return {
      playing: own(() => this.#onPlaying()),
      paused: own(() => this.#onPaused()),
      waiting: own(() => this.#onWaiting()),
      ended: own(() => void this.#onEnded()),
      moved: (seconds) => {
        if (deck === this.#active) this.#onMoved(seconds);
      },
      failed: (error) => {
        const entry = queues.current(this.view.queue);
        if (deck === this.#active && entry) void this.#failed(error, entry, {});
        else if (this.#prepared?.deck === deck) this.#prepared = null;
      },
      quality: (rendition) => {
        if (deck === this.#active) this.#onQuality(rendition);
      },
    };
  }

  #onPlaying(): void {
    const play = this.#play;
    if (!play) return;
    this.view.status = "playing";
    this.view.duration = this.#active.seconds;
    if (!play.begun) {
      play.begun = true;
      this.#tell("play_started");
    } else if (!play.stalled && !this.#seeking) this.#tell("play_resumed");
    play.stalled = false;
    this.#seeking = false;
    const rendition = this.#active.rendition;
    if (rendition) this.#onQuality(rendition);
    this.onMoved(true);
  }

  #onPaused(): void {
    if (this.view.status === "loading" || !this.#play?.begun) return;
    this.view.status = "paused";
    this.#tell("play_paused");
    this.onMoved(false);
  }

  #onWaiting(): void {
    const play = this.#play;
    if (!play?.begun || this.#active.audio.paused || this.#seeking) return;
    this.view.status = "stalled";
    play.stalled = true;
    this.#tell("play_stalled");
  }

  #onMoved(seconds: number): void {
    this.view.position = seconds;
    const play = this.#play;
    if (!play) return;
    const step = (seconds - play.lastPosition) * 1000;
    // Steps of a playing element are a quarter of a second; anything else is a jump, and was not heard.
    if (step > 0 && step < 2000) play.heardMs += step;
    play.lastPosition = seconds;
    if (play.heardMs - play.toldMs >= PROGRESS_EVERY_MS) {
      play.toldMs = play.heardMs;
      this.#tell("play_progress");
    }
    void this.#prepare();
  }

  async #onEnded(): Promise<void> {
    this.onMoved(false);
    const queue = queues.after(this.view.queue, "ended");
    if (queue) {
      this.view.queue = queue;
      await this.#go({ automatic: true });
      return;
    }
    this.#finish("completed");
    this.#wanted = false;
    this.view.status = "paused";
  }

  #onQuality(rendition: Rendition): void {
    const play = this.#play;
    if (play?.begun && play.quality && play.quality !== rendition.id) {
      this.#tell("quality_switched", { from: play.quality, to: rendition.id });
    }
    if (play) play.quality = rendition.id;
    this.view.quality = rendition;
  }

  /** Make the next track ready as soon as the current one can spare the network. */
  async #prepare(): Promise<void> {
    const next = queues.after(this.view.queue, "ended");
    const entry = next && queues.current(next);
    if (this.#prepared && this.#prepared.uid !== entry?.uid) this.#prepared = null;
    if (!entry || this.#prepared || !entry.track.playable) return;
    if (!this.#active.complete && this.#active.buffered < AHEAD_SECONDS - 5) return;
    const deck = this.#decks[0] === this.#active ? this.#decks[1] : this.#decks[0];
    const prepared: Prepared = { uid: entry.uid, deck, grant: null, loaded: Promise.resolve() };
    this.#prepared = prepared;
    try {
      const grant = await this.#grants.take(entry, this.#following());
      if (this.#prepared !== prepared) return;
      this.#level(deck, grant);
      prepared.grant = grant;
      prepared.loaded = deck.load(grant, { estimate: this.#active.bandwidth || FIRST_ESTIMATE, limit: this.#limit() });
      await prepared.loaded;
    } catch {
      // It is asked for again, and explained, when its turn has come.
      prepared.grant = null;
    }
  }

  // --- plays and their events

  #begin(entry: Entry, grant: Grant): void {
    this.#play = {
      entry,
      grant,
      session: this.#grants.sessionId ?? "",
      begun: false,
      heardMs: 0,
      toldMs: 0,
      lastPosition: 0,
      stalled: false,
      quality: "",
    };
  }

  #finish(why: "completed" | "skipped" | "stopped"): void {
    if (this.#play?.begun) this.#tell("play_ended", { reason: why });
    this.#play = null;
  }

  #positionMs(): number {
    return Math.round(this.#active.audio.currentTime * 1000);
  }

  #tell(type: PlayEventType, more: Record<string, unknown> = {}): void {
    const play = this.#play;
    if (!play) return;
    void this.#events.tell({
      type,
      play_id: play.grant.play_id,
      track_id: play.grant.track_id,
      session_id: play.session,
      position_ms: this.#positionMs(),
      heard_ms: Math.round(play.heardMs),
      ...more,
    });
  }
}

/** Whether the refusal is about this one track, so that the next may still play. */
function ofTrack(error: Error): boolean {
  if (!(error instanceof Problem)) return false;
  return [402, 403, 404, 451].includes(error.status) || error.slug === "cannot-play";
}
