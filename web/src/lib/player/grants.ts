/**
 * Permission to play. One playback session for this browser, grants for the current entry and, in the same
 * request, for the ones that follow, so that a change of track needs no round trip.
 */

import type { Client } from "../api/client";
import { Problem, problemOf } from "../api/problem";
import type { Device, Grant, PlaybackAnswer } from "../api/types";
import type { Entry } from "./queue";

/** The API's limit on one request. */
const BATCH = 10;
/** A grant this close to its end is not worth starting with. */
const MARGIN_MS = 60_000;

interface PlaySession {
  id: string;
  expires: number;
}

export class Grants {
  #session: PlaySession | null = null;
  #kept = new Map<string, Grant>();
  #refused = new Map<string, Problem>();
  readonly #api: Pick<Client, "post" | "delete">;
  readonly #device: Device;
  readonly #quality: () => string | undefined;
  readonly #now: () => number;

  constructor(options: {
    api: Pick<Client, "post" | "delete">;
    device: Device;
    /** The best tier that is wanted; undefined for whatever the plan opens. */
    quality?: () => string | undefined;
    now?: () => number;
  }) {
    this.#api = options.api;
    this.#device = options.device;
    this.#quality = options.quality ?? (() => undefined);
    this.#now = options.now ?? Date.now;
  }

  get sessionId(): string | null {
    return this.#session?.id ?? null;
  }

  /** Progress has renewed the lease on the stream until *expires*. */
  extended(expires: number): void {
    if (this.#session) this.#session.expires = expires;
  }

  /** The session is over: taken by another device, or lapsed. Its signatures are worth nothing now. */
  lost(): void {
    this.#session = null;
    this.#kept.clear();
    this.#refused.clear();
  }

  /** Grants asked for under other wishes are of no use any more. */
  forget(): void {
    this.#kept.clear();
  }

  /** The grants at hand for *entries*, in order, up to the first for which there is none. */
  kept(entries: readonly Entry[]): Grant[] {
    const grants: Grant[] = [];
    for (const entry of entries) {
      const grant = this.#kept.get(entry.uid);
      if (!grant) break;
      grants.push(grant);
    }
    return grants;
  }

  /** Whether *entry* can start without asking. */
  ready(entry: Entry): boolean {
    const grant = this.#kept.get(entry.uid);
    return grant !== undefined && Date.parse(grant.media.expires_at) - MARGIN_MS > this.#now();
  }

  /** A grant for one play of *entry*, asked for together with those of *following* where it must be asked for. */
  async take(entry: Entry, following: readonly Entry[], options: { takeOver?: boolean } = {}): Promise<Grant> {
    if (!this.ready(entry) || options.takeOver) {
      this.#kept.delete(entry.uid);
      const refusal = this.#refused.get(entry.uid);
      this.#refused.delete(entry.uid);
      if (refusal && !options.takeOver) throw refusal;
      await this.#fetch([entry, ...following.filter((e) => !this.ready(e) && !this.#refused.has(e.uid))], options);
    }
    const grant = this.#kept.get(entry.uid);
    if (!grant) throw new Problem(500, "cannot-play");
    this.#kept.delete(entry.uid);
    return grant;
  }

  /** Another grant for a track that plays: its signature was refused, or its session has lapsed. */
  async again(grant: Grant): Promise<Grant> {
    const answer = await this.#ask([grant.track_id], {});
    const fresh = answer.grants[0];
    if (!fresh) throw new Problem(403, "cannot-play");
    return fresh;
  }

  /** Tell the service that nothing more will be heard. */
  async end(): Promise<void> {
    const id = this.sessionId;
    this.lost();
    if (id) await this.#api.delete(`/v1/playback/${id}`, { keepalive: true }).catch(() => {});
  }

  async #fetch(entries: Entry[], options: { takeOver?: boolean }): Promise<void> {
    const batch = distinct(entries).slice(0, BATCH);
    const answer = await this.#ask(batch.map((e) => e.track.id), options);
    for (const entry of batch) {
      const grant = answer.grants.find((g) => g.track_id === entry.track.id);
      const refusal = answer.refusals.find((r) => r.track_id === entry.track.id);
      if (grant) this.#kept.set(entry.uid, grant);
      else if (refusal) this.#refused.set(entry.uid, problemOf(refusal.problem.status ?? 403, refusal.problem));
    }
  }

  /** Within the session while it lives; a new one otherwise. */
  async #ask(tracks: string[], options: { takeOver?: boolean }): Promise<PlaybackAnswer> {
    const quality = this.#quality();
    const wanted = quality ? { tracks, quality } : { tracks };
    if (this.#session && this.#now() < this.#session.expires && !options.takeOver) {
      try {
        return this.#heard(await this.#api.post<PlaybackAnswer>(`/v1/playback/${this.#session.id}/grants`, wanted));
      } catch (error) {
        if (!over(error)) throw error;
      }
    }
    const answer = await this.#api.post<PlaybackAnswer>("/v1/playback", {
      ...wanted,
      device: this.#device,
      ...(options.takeOver ? { take_over: true } : {}),
    });
    return this.#heard(answer);
  }

  #heard(answer: PlaybackAnswer): PlaybackAnswer {
    if (answer.session_id && answer.session_id !== this.#session?.id) this.lost();
    const id = answer.session_id || this.#session?.id;
    if (id) this.#session = { id, expires: Date.parse(answer.expires_at) || this.#now() + MARGIN_MS };
    return { ...answer, refusals: answer.refusals ?? [] };
  }
}

/** The session cannot be used any more; a new one may be asked for. */
function over(error: unknown): boolean {
  return error instanceof Problem && (error.slug === "session-not-found" || error.slug === "session-ended");
}

/** One entry a track: a second play of the same track is asked for when its turn comes. */
function distinct(entries: Entry[]): Entry[] {
  return entries.filter((entry, i) => entries.findIndex((other) => other.track.id === entry.track.id) === i);
}
