/** Tells the service where the listener is: it keeps the stream's lease and lets another device go on from there. */

import type { Client } from "../api/client";
import { Problem } from "../api/problem";

/** Well below the lease, so that one lost report costs nothing. */
const EVERY_MS = 15_000;
/** A listener who plays with the buttons is told of once in so long. */
const LEAST_MS = 3000;

export interface Position {
  session_id: string;
  play_id: string;
  position_ms: number;
  state: "playing" | "paused" | "ended";
}

export class Progress {
  #timer: ReturnType<typeof setInterval> | null = null;
  #later: ReturnType<typeof setTimeout> | null = null;
  #told = Number.NEGATIVE_INFINITY;
  readonly #api: Pick<Client, "put">;
  readonly #where: () => Position | null;
  readonly #over: (sessionId: string, problem: Problem) => void;
  readonly #kept: (expires: number) => void;

  constructor(options: {
    api: Pick<Client, "put">;
    where: () => Position | null;
    /** The session has ended or lapsed. */
    over: (sessionId: string, problem: Problem) => void;
    /** The lease was renewed until then (epoch milliseconds). */
    kept: (expires: number) => void;
  }) {
    this.#api = options.api;
    this.#where = options.where;
    this.#over = options.over;
    this.#kept = options.kept;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.report(), EVERY_MS);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Tell now, or as soon as the last report is old enough. */
  soon(): void {
    const wait = this.#told + LEAST_MS - Date.now();
    if (wait <= 0) void this.report();
    else this.#later ??= setTimeout(() => void this.report(), wait);
  }

  async report(options: { keepalive?: boolean } = {}): Promise<void> {
    if (this.#later) clearTimeout(this.#later);
    this.#later = null;
    const position = this.#where();
    if (!position) return;
    this.#told = Date.now();
    const { session_id, ...body } = position;
    try {
      const answer = await this.#api.put<{ expires_at?: string } | undefined>(
        `/v1/playback/${session_id}/progress`,
        { ...body, position_ms: Math.round(body.position_ms), at: new Date().toISOString() },
        options,
      );
      this.#kept(Date.parse(answer?.expires_at ?? "") || Date.now() + 4 * EVERY_MS);
    } catch (error) {
      // Anything else is told again with the next report.
      if (error instanceof Problem && (error.slug === "session-ended" || error.slug === "session-not-found")) this.#over(session_id, error);
    }
  }
}
