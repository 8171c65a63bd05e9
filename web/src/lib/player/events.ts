/** What was played and how it went, told in batches. An event told twice carries the same id and counts once. */

import type { Client } from "../api/client";
import { Problem } from "../api/problem";
import type { PlayEvent, PlayEventType } from "../api/types";
import { uuid7 } from "./ids";
import type { Outbox } from "./outbox";

const BATCH = 100;
/** Browsers refuse `keepalive` bodies above 64 KiB in all; other requests may be under way. */
export const LARGEST_BYTES = 60 * 1024;
const SOON_MS = 1500;
const LATER_MS = 15_000;
const LONGEST_MS = 5 * 60_000;

/** Events that others wait to see: history shows a play as soon as it has begun. */
const PROMPT = new Set<PlayEventType>(["play_started", "play_ended", "play_failed"]);

export class Events {
  #timer: ReturnType<typeof setTimeout> | null = null;
  #due = Number.POSITIVE_INFINITY;
  #sending = false;
  #failures = 0;
  readonly #api: Pick<Client, "post">;
  readonly #outbox: Outbox;
  readonly #listener: () => string | null;

  constructor(options: { api: Pick<Client, "post">; outbox: Outbox; listener: () => string | null }) {
    this.#api = options.api;
    this.#outbox = options.outbox;
    this.#listener = options.listener;
  }

  async tell(event: Omit<PlayEvent, "event_id" | "at">): Promise<void> {
    const listener = this.#listener();
    if (!listener) return;
    const now = Date.now();
    const whole = { ...event, event_id: uuid7(now), at: new Date(now).toISOString() } as PlayEvent;
    await this.#outbox.put({ listener, event: whole });
    this.#plan(PROMPT.has(whole.type) ? SOON_MS : LATER_MS);
  }

  /** Send what waits, now. *leaving*: the page may be gone before the answer. */
  async flush(options: { leaving?: boolean } = {}): Promise<void> {
    const listener = this.#listener();
    if (!listener || (this.#sending && !options.leaving)) return;
    this.#sending = true;
    try {
      for (;;) {
        const events = fitting(await this.#outbox.oldest(listener, BATCH));
        if (!events.length) break;
        await this.#send(events, options.leaving ?? false);
        if (options.leaving) break;
      }
      this.#failures = 0;
    } catch {
      this.#failures += 1;
      this.#plan(Math.min(LONGEST_MS, LATER_MS * 2 ** (this.#failures - 1)));
    } finally {
      this.#sending = false;
    }
  }

  async #send(events: PlayEvent[], leaving: boolean): Promise<void> {
    try {
      await this.#api.post("/v1/events", { events }, { keepalive: leaving });
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 422) throw error;
      // One event that the service cannot read must not hold up the others: it is found, and dropped.
      if (events.length > 1) {
        const half = Math.ceil(events.length / 2);
        await this.#send(events.slice(0, half), leaving);
        await this.#send(events.slice(half), leaving);
        return;
      }
    }
    await this.#outbox.drop(events.map((event) => event.event_id));
  }

  #plan(ms: number): void {
    const due = Date.now() + ms;
    if (this.#timer && this.#due <= due) return;
    if (this.#timer) clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#due = Number.POSITIVE_INFINITY;
      void this.flush();
    }, ms);
  }
}

/** As many of *events* as one body takes. */
function fitting(events: PlayEvent[]): PlayEvent[] {
  let bytes = 16;
  const end = events.findIndex((event) => (bytes += JSON.stringify(event).length * 1.1 + 1) > LARGEST_BYTES);
  return end < 0 ? events : events.slice(0, Math.max(1, end));
}
