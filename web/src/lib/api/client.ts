/** Typed calls to the API of this origin: tokens added, refusals as `Problem`, reads repeated when that may help. */

import { Offline, Problem, problemFrom } from "./problem";
import type { Session } from "./session";

export type Query = Record<string, string | number | undefined>;

export interface Call {
  query?: Query;
  body?: unknown;
  signal?: AbortSignal;
  /** The route wants an access token. */
  guarded?: boolean;
  keepalive?: boolean;
  headers?: Record<string, string>;
}

/** The one 401 that is not about the token: asked again it would count as a second wrong try. */
const WRONG_PASSWORD = "wrong-credentials";
const READ_ATTEMPTS = 3;
const LONGEST_WAIT_S = 4;

export class Client {
  readonly #session: Pick<Session, "access" | "renew">;
  readonly #fetch: typeof fetch;
  readonly #sleep: (ms: number) => Promise<void>;

  constructor(options: {
    session: Pick<Session, "access" | "renew">;
    fetch: typeof fetch;
    sleep?: (ms: number) => Promise<void>;
  }) {
    this.#session = options.session;
    this.#fetch = options.fetch;
    this.#sleep = options.sleep ?? ((ms) => new Promise((done) => setTimeout(done, ms)));
  }

  get<T>(path: string, call: Call = {}): Promise<T> {
    return this.#json<T>("GET", path, call);
  }

  post<T>(path: string, body: unknown, call: Call = {}): Promise<T> {
    return this.#json<T>("POST", path, { guarded: true, ...call, body });
  }

  put<T = void>(path: string, body: unknown, call: Call = {}): Promise<T> {
    return this.#json<T>("PUT", path, { guarded: true, ...call, body });
  }

  patch<T>(path: string, body: unknown, call: Call = {}): Promise<T> {
    return this.#json<T>("PATCH", path, { guarded: true, ...call, body });
  }

  delete(path: string, call: Call = {}): Promise<void> {
    return this.#json("DELETE", path, { guarded: true, ...call });
  }

  async #json<T>(method: string, path: string, call: Call): Promise<T> {
    const answer = await this.#patiently(method, path, call);
    return (answer.status === 204 ? undefined : await answer.json()) as T;
  }

  /** Reads are tried again when the network or the server was briefly away; writes are left to the caller. */
  async #patiently(method: string, path: string, call: Call): Promise<Response> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#send(method, path, call);
      } catch (error) {
        const wait = method === "GET" && attempt < READ_ATTEMPTS && !call.signal?.aborted ? pause(error, attempt) : null;
        if (wait === null) throw error;
        await this.#sleep(wait);
      }
    }
  }

  async #send(method: string, path: string, call: Call): Promise<Response> {
    const token = call.guarded ? await this.#session.access() : null;
    if (call.guarded && !token) throw new Problem(401, "unauthenticated");
    let answer = await this.#once(method, path, call, token);
    if (answer.status === 401 && token && (await problemFrom(answer.clone())).slug !== WRONG_PASSWORD) {
      const fresh = await this.#session.renew(token);
      if (fresh) answer = await this.#once(method, path, call, fresh);
    }
    if (!answer.ok) throw await problemFrom(answer);
    return answer;
  }

  async #once(method: string, path: string, call: Call, token: string | null): Promise<Response> {
    const headers: Record<string, string> = { Accept: "application/json", ...call.headers };
    if (token) headers["Authorization"] = `Bearer ${token}`;
    if (call.body !== undefined) headers["Content-Type"] = "application/json";
    try {
      return await this.#fetch(path + search(call.query), {
        method,
        headers,
        credentials: "same-origin",
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
        ...(call.signal ? { signal: call.signal } : {}),
        ...(call.keepalive ? { keepalive: true } : {}),
      });
    } catch (cause) {
      if (call.signal?.aborted) throw cause;
      throw new Offline(cause);
    }
  }
}

/** Milliseconds to wait before the next attempt; null where another would not help. */
function pause(error: unknown, attempt: number): number | null {
  if (error instanceof Offline) return 250 * 2 ** attempt * (0.75 + Math.random() / 2);
  if (!(error instanceof Problem) || (error.status !== 429 && error.status !== 503)) return null;
  const seconds = error.retryAfterSeconds ?? 0.5 * 2 ** attempt;
  return seconds <= LONGEST_WAIT_S ? seconds * 1000 : null;
}

function search(query: Query = {}): string {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== "") words.set(name, String(value));
  const text = words.toString();
  return text ? `?${text}` : "";
}
