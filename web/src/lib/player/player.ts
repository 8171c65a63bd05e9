/**
 * Plays the queue: asks for grants, keeps one deck heard and the other ready with what comes next, and tells
 * the service what happened. Knows nothing of the page; what the page shows stands in the `View`.
 */

import { aboutTrack, Offline, Problem } from "../api/problem";
import type { Grant } from "../api/types";
import type { Deck, DeckEvents } from "./deck";
import type { Events } from "./events";
import type { Grants } from "./grants";
import { albumGain, elementVolume } from "./loudness";
import type { Rendition } from "./manifest";
import { Play } from "./play";
import type { Position } from "./progress";
import * as queues from "./queue";
import type { Entry, Queue } from "./queue";
import { problemIn } from "./shaka";
import { Standby, type Ready } from "./standby";
import type { View } from "./view";

const FIRST_ESTIMATE = 500_000;
/** Later than this "previous" means "from the beginning". */
const RESTART_SECONDS = 3;
/** Tracks passed over in a row before playing on by itself is given up. */
const MOST_SKIPS = 10;

export class Player {
  readonly view: View;
  readonly #grants: Grants;
  readonly #events: Pick<Events, "tell">;
  readonly #limit: () => number;
  readonly #levelled: () => boolean;
  readonly #decks: [Deck, Deck];
  #active: Deck;
  readonly #standby: Standby;
  #play: Play | null = null;
  #turn = 0;
  #wanted = false;
  #seeking = false;
  /** Called when the lease should be told of: a play began, paused, ended, or jumped. */
  onMoved: (playing: boolean) => void = () => {};

  constructor(options: {
    view: View;
    grants: Grants;
    events: Pick<Events, "tell">;
    /** Makes a deck that tells what happens on it. */
    deck: (events: (deck: Deck) => DeckEvents) => Deck;
    /** Bits per second never to pass. */
    limit: () => number;
    /** Whether tracks are brought to one loudness. */
    levelled?: () => boolean;
  }) {
    this.view = options.view;
    this.#grants = options.grants;
    this.#events = options.events;
    this.#limit = options.limit;
    this.#levelled = options.levelled ?? (() => true);
    this.#standby = new Standby(options.grants);
    const deck = () => options.deck((which) => this.#heard(which));
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

  /** Change what is still to come: what plays keeps playing. */
  edit(change: (queue: Queue) => Queue): void {
    this.view.queue = change(this.view.queue);
  }

  async remove(uid: string): Promise<void> {
    const playing = queues.current(this.view.queue)?.uid === uid;
    this.view.queue = queues.remove(this.view.queue, uid);
    if (!playing) return;
    if (queues.current(this.view.queue) && this.#wanted) await this.#go();
    else await this.stop();
  }

  /** The listener wants another quality: from the next track on, which is made ready anew. */
  wishesChanged(): void {
    this.#grants.forget();
    this.#drop();
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
    const from = this.#at;
    this.#seeking = true;
    this.#active.seek(seconds);
    this.view.position = this.#at;
    play.seeked(from, this.#at);
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
    this.levelsChanged();
  }

  /** The listener wants tracks at one loudness, or as they were mastered: at once. */
  levelsChanged(): void {
    for (const deck of this.#decks) this.#level(deck);
  }

  async stop(): Promise<void> {
    this.#turn += 1;
    this.#wanted = false;
    this.#finish("stopped");
    this.#standby.drop();
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
    this.#drop();
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
    return { session_id: session, play_id: grant.play_id, position_ms: this.#at * 1000, state };
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
    const ready = this.#standby.claim(entry);
    this.view.status = "loading";
    this.view.quality = null;
    this.#active.pause();
    try {
      if (ready && !options.takeOver) {
        if (ready.deck === this.#active) await this.#skip(entry, ready.grant, turn);
        else await this.#swap(entry, ready, turn);
        return;
      }
      const grant = await this.#grants.take(entry, queues.following(this.view.queue), options.takeOver ? { takeOver: true } : {});
      if (turn !== this.#turn) return;
      this.#begin(entry, grant);
      this.#active.gain = albumGain([grant, ...this.#grants.kept(queues.run(this.view.queue))]);
      this.#level(this.#active);
      const estimate = this.#active.bandwidth || FIRST_ESTIMATE;
      const more = queues.joining(this.view.queue, queues.after(this.view.queue, "ended"));
      await this.#active.load(grant, { startSeconds: options.at ?? 0, estimate, light: true, limit: this.#limit(), more });
      if (turn === this.#turn && this.#wanted) await this.#start(this.#active, turn);
    } catch (error) {
      if (turn === this.#turn) await this.#failed(error, entry, options);
    }
  }

  /** The next track is ready on the other deck: change decks. */
  async #swap(entry: Entry, { deck, grant, loaded }: Ready, turn: number): Promise<void> {
    const old = this.#active;
    this.#active = deck;
    this.#begin(entry, grant);
    await loaded;
    if (turn !== this.#turn) return;
    if (this.#wanted) await this.#start(deck, turn);
    await old.unload().catch(() => {});
  }

  /** The next track is on the same timeline: go there. */
  async #skip(entry: Entry, grant: Grant, turn: number): Promise<void> {
    this.#begin(entry, grant);
    this.#active.skip();
    await this.#start(this.#active, turn);
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
  async #failed(error: unknown, entry: Entry, options: { automatic?: boolean; skips?: number }): Promise<void> {
    const reason = error instanceof Problem || error instanceof Offline ? error : problemIn(error);
    this.#play?.tell("play_failed", this.#at, { problem: reason instanceof Problem ? reason.slug : "offline" });
    this.#play = null;
    const skips = (options.skips ?? 0) + 1;
    const onward = options.automatic && aboutTrack(reason) && skips < MOST_SKIPS ? queues.after(this.view.queue, "asked") : null;
    if (onward) {
      this.view.queue = onward;
      await this.#go({ automatic: true, skips });
      return;
    }
    this.#trouble(reason, entry);
  }

  #trouble(error: Error, entry: Entry): void {
    this.#finish("stopped");
    this.#wanted = false;
    this.#turn += 1;
    this.#active.pause();
    this.view.trouble = { error, entry };
    this.view.status = "paused";
    // Nothing is tried again behind the listener's back; where the music stood is kept.
    void this.#active.unload().catch(() => {});
  }

  #level(deck: Deck): void {
    deck.audio.volume = elementVolume(this.view.volume, this.#levelled() ? deck.gain : 0);
    deck.audio.muted = this.view.muted;
  }

  /** What was made ready is not wanted any more. */
  #drop(): void {
    this.#standby.drop();
    this.#active.cut();
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
      crossed: own(() => this.#onCrossed()),
      moved: (seconds) => {
        if (deck === this.#active) this.#onMoved(seconds);
      },
      failed: (error) => {
        const entry = queues.current(this.view.queue);
        if (deck === this.#active && entry) void this.#failed(error, entry, {});
        else this.#standby.failed(deck);
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
      play.tell("play_started", this.#at);
    } else if (!play.stalled && !this.#seeking) play.tell("play_resumed", this.#at);
    play.stalled = false;
    this.#seeking = false;
    const rendition = this.#active.rendition;
    if (rendition) this.#onQuality(rendition);
    this.onMoved(true);
  }

  #onPaused(): void {
    if (this.view.status === "loading" || !this.#play?.begun) return;
    this.view.status = "paused";
    this.#play.tell("play_paused", this.#at);
    this.onMoved(false);
  }

  #onWaiting(): void {
    const play = this.#play;
    if (!play?.begun || this.#active.audio.paused) return;
    this.view.status = "stalled";
    if (this.#seeking) return;
    play.stalled = true;
    play.tell("play_stalled", this.#at);
  }

  #onMoved(seconds: number): void {
    this.view.position = seconds;
    this.#play?.moved(seconds);
    this.#prepare();
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
    this.view.position = 0;
  }

  /** The next track of the album is heard, without a gap. */
  #onCrossed(): void {
    const queue = queues.after(this.view.queue, "ended");
    const entry = queue && queues.current(queue);
    const ready = entry && this.#standby.claim(entry);
    if (!ready || ready.deck !== this.#active) return;
    this.#play?.moved(this.#play.seconds);
    if (this.#play?.begun) this.#play.tell("play_ended", this.#play.seconds, { reason: "completed" });
    this.#play = null;
    this.#turn += 1;
    this.view.queue = queue;
    this.view.position = this.#at;
    this.#begin(entry, ready.grant);
    this.#onPlaying();
  }

  #onQuality(rendition: Rendition): void {
    this.#play?.changed(rendition, this.#at);
    this.view.quality = rendition;
  }

  /** Make the next track ready as soon as the current one can spare the network. */
  #prepare(): void {
    const active = this.#active;
    this.#standby.look({
      queue: this.view.queue,
      active,
      spare: this.#decks[0] === active ? this.#decks[1] : this.#decks[0],
      options: () => ({ estimate: active.bandwidth || FIRST_ESTIMATE, limit: this.#limit() }),
      level: (deck, gain) => {
        deck.gain = gain;
        this.#level(deck);
      },
    });
  }

  // --- plays and their events

  #begin(entry: Entry, grant: Grant): void {
    this.#play = new Play(entry, grant, this.#grants.sessionId ?? "", this.#events);
  }

  #finish(why: "completed" | "skipped" | "stopped"): void {
    if (this.#play?.begun) this.#play.tell("play_ended", this.#at, { reason: why });
    this.#play = null;
  }

  /** Where the playhead stands, in seconds. */
  get #at(): number {
    return this.#active.position;
  }
}
