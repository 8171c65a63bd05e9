/** One play of one track: what was heard of it, and the events that tell. */

import type { Grant, PlayEventType } from "../api/types";
import type { Events } from "./events";
import type { Rendition } from "./manifest";
import type { Entry } from "./queue";

/** How often a play that goes on is told of, in heard music. */
const PROGRESS_EVERY_MS = 30_000;
/** A playing element steps by a quarter of a second; a longer way is a jump, and was not heard. */
const LONGEST_STEP_S = 2;

export class Play {
  readonly entry: Entry;
  /** The grant under which the play began; events keep its id, whatever grants follow. */
  readonly grant: Grant;
  /** Sound has come out. */
  begun = false;
  stalled = false;
  #heardMs = 0;
  #toldMs = 0;
  #position = 0;
  #quality = "";
  readonly #session: string;
  readonly #events: Pick<Events, "tell">;

  constructor(entry: Entry, grant: Grant, session: string, events: Pick<Events, "tell">) {
    this.entry = entry;
    this.grant = grant;
    this.#session = session;
    this.#events = events;
  }

  tell(type: PlayEventType, seconds: number, more: Record<string, string | number> = {}): void {
    void this.#events.tell({
      type,
      play_id: this.grant.play_id,
      track_id: this.grant.track_id,
      session_id: this.#session,
      position_ms: Math.round(seconds * 1000),
      heard_ms: Math.round(this.#heardMs),
      ...more,
    });
  }

  /** How long the track is. */
  get seconds(): number {
    return this.grant.duration_ms / 1000;
  }

  /** The playhead stands at *seconds*. */
  moved(seconds: number): void {
    const step = seconds - this.#position;
    if (step > 0 && step < LONGEST_STEP_S) this.#heardMs += step * 1000;
    this.#position = seconds;
    if (this.#heardMs - this.#toldMs < PROGRESS_EVERY_MS) return;
    this.#toldMs = this.#heardMs;
    this.tell("play_progress", seconds);
  }

  seeked(from: number, to: number): void {
    this.#position = to;
    this.tell("play_seeked", to, { from_ms: Math.round(from * 1000) });
  }

  /** *rendition* is what is heard from now on. */
  changed(rendition: Rendition, seconds: number): void {
    if (this.begun && this.#quality && this.#quality !== rendition.id) {
      this.tell("quality_switched", seconds, { from: this.#quality, to: rendition.id });
    }
    this.#quality = rendition.id;
  }
}
