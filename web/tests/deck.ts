/** A deck without a browser: a test moves its playhead and says what happens on it. */

import type { Grant } from "../src/lib/api/types";
import type { Deck, DeckEvents, LoadOptions } from "../src/lib/player/deck";

export class TestDeck {
  audio = { currentTime: 0, paused: true, ended: false, volume: 1, muted: false };
  grant: Grant | null = null;
  loads: { grant: Grant; options: LoadOptions }[] = [];
  refuse: ((grant: Grant) => unknown) | null = null;
  buffered = 0;
  complete = false;
  bandwidth = 0;
  rendition = null;
  gain = 0;
  joined: Grant | null = null;
  joins = true;
  cuts = 0;
  readonly #events: (deck: Deck) => DeckEvents;

  constructor(events: (deck: Deck) => DeckEvents) {
    this.#events = events;
  }

  get deck(): Deck {
    return this as unknown as Deck;
  }

  get tells(): DeckEvents {
    return this.#events(this.deck);
  }

  get position(): number {
    return this.audio.currentTime;
  }

  join(grant: Grant): boolean {
    if (this.joins) this.joined = grant;
    return this.joins;
  }

  cut(): void {
    this.cuts += 1;
    this.joined = null;
  }

  /** The playhead comes to what was joined on. */
  cross(): void {
    this.skip();
    this.tells.crossed();
  }

  skip(): void {
    this.grant = this.joined;
    this.joined = null;
    this.audio.currentTime = 0;
  }

  get seconds(): number {
    return (this.grant?.duration_ms ?? 0) / 1000;
  }

  warm(): void {}

  async load(grant: Grant, options: LoadOptions): Promise<void> {
    this.grant = grant;
    this.loads.push({ grant, options });
    Object.assign(this.audio, { currentTime: options.startSeconds ?? 0, ended: false, paused: true });
    const reason = this.refuse?.(grant);
    if (reason) throw reason;
  }

  async unload(): Promise<void> {
    this.grant = null;
    this.audio.currentTime = 0;
  }

  async play(): Promise<void> {
    this.audio.paused = false;
    this.tells.playing();
  }

  pause(): void {
    if (this.audio.paused) return;
    this.audio.paused = true;
    if (this.grant) this.tells.paused();
  }

  seek(seconds: number): void {
    this.audio.currentTime = Math.max(0, Math.min(seconds, this.seconds));
  }

  /** Play on to *seconds*, a quarter of a second at a time. */
  until(seconds: number): void {
    while (this.audio.currentTime < seconds) {
      this.audio.currentTime = Math.min(seconds, this.audio.currentTime + 0.25);
      this.tells.moved(this.audio.currentTime);
    }
  }

  end(): void {
    this.audio.currentTime = this.seconds;
    this.audio.ended = true;
    this.audio.paused = true;
    this.tells.ended();
  }
}
