/**
 * Serves a player's many short fragment reads out of few long streaming range requests.
 *
 * A request covers up to `span` seconds of consecutive fragments; each read resolves as soon as its bytes
 * are there. A switch of rendition or a seek ends the running request, so that only bytes already on the
 * wire are wasted. One coalescer serves one load of one track; what it reads may be signed anew at any time.
 */

import { isFinal } from "../api/problem";
import type { Fragments } from "./manifest";

export const SPAN_SECONDS = 30;
/** Of the first request: until it is known what the network carries, little may be asked for in vain. */
export const FIRST_SPAN_SECONDS = 10;
/** Progress is told to the bandwidth estimator in steps of at least this. */
const REPORT_MS = 100;
/** Finished requests kept for their unread fragments: the last one, and the one before a switch back. */
const KEPT = 2;

/** Statuses that are about the listener and the track, not about one file or one moment. */
const FINAL = new Set([401, 403, 410, 451]);

/** Bytes that arrived in *ms*, and how many the waiting read still lacks. */
export type Progress = (ms: number, bytes: number, lacking: number) => void;

/** The media server said no. */
export class Refused extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`media request answered ${status}`);
    this.name = "Refused";
    this.status = status;
  }
}

export interface Source {
  /** The signed address of *file*, as of now. */
  address(file: string): string;
  /** Get a new signature; called once for each refusal. Rejects when there is none to be had. */
  renew(): Promise<void>;
}

export interface Statistics {
  requests: number;
  aborted: number;
  renewed: number;
  bytes: number;
  reads: number;
}

export interface Options {
  fragments: ReadonlyMap<string, Fragments>;
  source: Source;
  /** Hears of bytes that arrive while no read waits for them. */
  idle?: (ms: number, bytes: number) => void;
  /** Hears, once, of a refusal for good: a player would try every other rendition before it gave up. */
  refused?: (reason: Error) => void;
  fetch?: typeof fetch;
  now?: () => number;
}

interface Read {
  first: number;
  last: number;
  progress: Progress;
  resolve: (bytes: ArrayBuffer) => void;
  reject: (reason: unknown) => void;
}

export class Coalescer {
  /** Seconds of music that one request asks for. */
  span = FIRST_SPAN_SECONDS;
  readonly stats: Statistics = { requests: 0, aborted: 0, renewed: 0, bytes: 0, reads: 0 };
  readonly #options: Required<Options>;
  #runs: Run[] = [];
  #renewing: Promise<void> | null = null;
  /** Why there will be no more bytes: no other rendition of the track fares better. */
  #refusal: Error | null = null;

  constructor(options: Options) {
    this.#options = {
      idle: () => {},
      refused: () => {},
      fetch: (input, init) => fetch(input, init),
      now: () => performance.now(),
      ...options,
    };
  }

  /** Bytes *first*..*last* of *file*. `abort` ends the request behind it, for its bytes are not wanted any more. */
  read(file: string, first: number, last: number, progress: Progress): { bytes: Promise<ArrayBuffer>; abort: () => void } {
    this.stats.reads += 1;
    if (this.#refusal) return { bytes: Promise.reject(this.#refusal), abort: () => {} };
    let run = this.#runs.find((candidate) => candidate.covers(file, first, last));
    if (!run) {
      // Another rendition, or a seek: nobody waits for the rest of what is running.
      for (const other of this.#runs) other.abort();
      run = this.#start(file, first, last);
    }
    const chosen = run;
    return { bytes: chosen.read(first, last, progress), abort: () => chosen.abort() };
  }

  close(): void {
    for (const run of this.#runs) run.abort();
    this.#runs = [];
  }

  #start(file: string, first: number, last: number): Run {
    const run = new Run(file, first, this.#end(file, first, last), this.stats, this.#options);
    this.#runs = [run, ...this.#runs].slice(0, KEPT);
    void run.go(() => this.#open(run));
    return run;
  }

  /** The last byte of the last fragment that begins within the span. */
  #end(file: string, first: number, last: number): number {
    const fragments = this.#options.fragments.get(file);
    const at = fragments ? fragments.starts.indexOf(first) : -1;
    if (!fragments || at < 0) return last;
    let end = last;
    let seconds = 0;
    for (let i = at; i < fragments.ends.length; i += 1) {
      seconds += fragments.seconds[i]!;
      if (i > at && seconds > this.span + 0.5) break;
      end = Math.max(end, fragments.ends[i]!);
    }
    return end;
  }

  /** One request; a refused signature is renewed once, for all who wait. */
  async #open(run: Run): Promise<Response> {
    const { source } = this.#options;
    let answer = await this.#request(run, source.address(run.file));
    if (answer.status === 403 || answer.status === 401) {
      void answer.body?.cancel();
      this.#renewing ??= source.renew().finally(() => {
        this.#renewing = null;
      });
      await this.#renewing.catch((reason: unknown) => {
        if (isFinal(reason)) this.#stop(reason as Error);
        throw reason;
      });
      this.stats.renewed += 1;
      answer = await this.#request(run, source.address(run.file));
    }
    if (answer.status !== 206) {
      void answer.body?.cancel();
      const refused = new Refused(answer.status);
      if (FINAL.has(answer.status)) this.#stop(refused);
      throw refused;
    }
    return answer;
  }

  #stop(reason: Error): void {
    if (this.#refusal) return;
    this.#refusal = reason;
    this.#options.refused(reason);
  }

  #request(run: Run, address: string): Promise<Response> {
    this.stats.requests += 1;
    return this.#options.fetch(address, { headers: { Range: `bytes=${run.first}-${run.last}` }, signal: run.signal });
  }
}

/** One streaming range request and the reads that wait for its bytes. */
class Run {
  readonly file: string;
  readonly first: number;
  readonly last: number;
  readonly #stats: Statistics;
  readonly #options: Required<Options>;
  readonly #control = new AbortController();
  #chunks: { at: number; bytes: Uint8Array }[] = [];
  /** The next byte to arrive. */
  #position: number;
  /** Bytes before this one have been read and dropped. */
  #kept: number;
  #reads: Read[] = [];
  #over = false;
  #failure: unknown = null;
  #unreported = 0;
  #since = 0;

  constructor(file: string, first: number, last: number, stats: Statistics, options: Required<Options>) {
    this.file = file;
    this.first = first;
    this.last = last;
    this.#position = first;
    this.#kept = first;
    this.#stats = stats;
    this.#options = options;
  }

  get signal(): AbortSignal {
    return this.#control.signal;
  }

  /** Whether the bytes are here, or on their way in a request that is still running. */
  covers(file: string, first: number, last: number): boolean {
    if (file !== this.file || first < this.#kept) return false;
    return this.#over ? last < this.#position : last <= this.last;
  }

  read(first: number, last: number, progress: Progress): Promise<ArrayBuffer> {
    return new Promise((resolve, reject) => {
      this.#reads.push({ first, last, progress, resolve, reject });
      this.#serve();
    });
  }

  async go(open: () => Promise<Response>): Promise<void> {
    try {
      this.#since = this.#options.now();
      const answer = await open();
      // The time to the first byte says nothing about bandwidth.
      this.#since = this.#options.now();
      const reader = answer.body!.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        this.#arrived(value);
      }
      if (this.#position <= this.last) throw new TypeError(`the answer ended at byte ${this.#position} of ${this.last}`);
    } catch (failure) {
      this.#failure = failure;
    }
    this.#over = true;
    this.#report(true);
    this.#serve();
  }

  abort(): void {
    if (this.#over) return;
    this.#over = true;
    this.#stats.aborted += 1;
    this.#control.abort();
  }

  #arrived(bytes: Uint8Array): void {
    if (this.#control.signal.aborted) return;
    this.#chunks.push({ at: this.#position, bytes });
    this.#position += bytes.length;
    this.#unreported += bytes.length;
    this.#stats.bytes += bytes.length;
    this.#report(false);
    this.#serve();
  }

  #report(last: boolean): void {
    const now = this.#options.now();
    const ms = now - this.#since;
    if (!this.#unreported || (ms <= REPORT_MS && !last)) return;
    const waiting = this.#reads[0];
    if (waiting) waiting.progress(ms, this.#unreported, Math.max(0, waiting.last + 1 - this.#position));
    else this.#options.idle(ms, this.#unreported);
    this.#unreported = 0;
    this.#since = now;
  }

  #serve(): void {
    const waiting: Read[] = [];
    for (const read of this.#reads) {
      if (read.last < this.#position) read.resolve(this.#take(read.first, read.last));
      else if (this.#over) read.reject(this.#failure ?? new DOMException("the request was ended", "AbortError"));
      else waiting.push(read);
    }
    this.#reads = waiting;
  }

  /** The bytes, copied out; what lies before them is dropped, they themselves stay for a repeated read. */
  #take(first: number, last: number): ArrayBuffer {
    const out = new Uint8Array(last - first + 1);
    for (const { at, bytes } of this.#chunks) {
      const from = Math.max(first, at);
      const to = Math.min(last + 1, at + bytes.length);
      if (from < to) out.set(bytes.subarray(from - at, to - at), from - first);
    }
    this.#kept = Math.max(this.#kept, first);
    this.#chunks = this.#chunks.filter(({ at, bytes }) => at + bytes.length > this.#kept);
    return out.buffer;
  }
}
