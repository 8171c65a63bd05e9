/**
 * Who is signed in. The access token lives in memory alone; the refresh token in an HttpOnly cookie that
 * scripts cannot read. Where the server hands it out in the body instead, it is kept for this tab.
 */

import { Offline, Problem, problemFrom } from "./problem";

interface TokenAnswer {
  access_token: string;
  expires_in: number;
  refresh_token?: string | null;
}

/** Storage that outlives a reload, as far as the session needs it; `localStorage` is one. */
export type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const HINT = "legato.signed-in";
const FALLBACK = "legato.refresh-token";
/** A token this close to its end is renewed before it is used. */
const MARGIN_MS = 30_000;

export class Session {
  #token: string | null = null;
  #expires = 0;
  #renewing: Promise<string | null> | null = null;
  readonly #fetch: typeof fetch;
  readonly #lasting: Store;
  readonly #tab: Store;
  readonly #now: () => number;
  readonly #deviceName: string;
  /** Called when the session has ended without the listener's doing. */
  onEnded: () => void = () => {};

  constructor(options: { fetch: typeof fetch; lasting: Store; tab: Store; deviceName?: string; now?: () => number }) {
    this.#fetch = options.fetch;
    this.#lasting = options.lasting;
    this.#tab = options.tab;
    this.#deviceName = options.deviceName ?? "";
    this.#now = options.now ?? Date.now;
  }

  /** Whether a session was open on this device when it was last used. */
  get expected(): boolean {
    return this.#lasting.getItem(HINT) !== null;
  }

  async register(email: string, password: string, displayName: string): Promise<void> {
    await this.#post("/v1/auth/register", { email, password, display_name: displayName });
    await this.signIn(email, password);
  }

  async signIn(email: string, password: string): Promise<void> {
    this.#keep(
      await this.#tokens({ grant_type: "password", email, password, cookie: true, device_name: this.#deviceName }),
    );
  }

  /** *show* puts the service's question to the listener's passkeys: nobody is asked for an address. */
  async signInByPasskey(show: (options: PublicKeyCredentialRequestOptionsJSON) => Promise<unknown>): Promise<void> {
    const asked = (await (await this.#post("/v1/auth/passkeys/challenge", {})).json()) as {
      public_key: PublicKeyCredentialRequestOptionsJSON;
    };
    const credential = await show(asked.public_key);
    this.#keep(await this.#tokens({ grant_type: "passkey", credential, cookie: true, device_name: this.#deviceName }));
  }

  async signOut(): Promise<void> {
    const refresh = this.#tab.getItem(FALLBACK);
    this.#forget();
    await this.#post("/v1/auth/revoke", refresh ? { refresh_token: refresh } : {}).catch(() => {});
  }

  /** A usable access token, renewed when it is about to end; null when nobody is signed in. */
  async access(): Promise<string | null> {
    if (this.#token && this.#now() < this.#expires - MARGIN_MS) return this.#token;
    return this.expected ? this.renew() : null;
  }

  /** A new access token; *stale* is the one that was just refused, so that one refusal renews once. */
  renew(stale?: string): Promise<string | null> {
    if (stale && this.#token && this.#token !== stale) return Promise.resolve(this.#token);
    this.#renewing ??= this.#exclusively(() => this.#renewed()).finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  async #renewed(): Promise<string | null> {
    const refresh = this.#tab.getItem(FALLBACK);
    try {
      this.#keep(
        await this.#tokens({ grant_type: "refresh_token", cookie: true, ...(refresh ? { refresh_token: refresh } : {}) }),
      );
    } catch (error) {
      // Only a clear no ends the session: a server that is busy or out of reach has not said so.
      if (!(error instanceof Problem) || error.status >= 500 || error.status === 429) throw error;
      this.#forget();
      this.onEnded();
    }
    return this.#token;
  }

  /** Tabs share one rotating cookie: they take turns. */
  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const locks = typeof navigator === "undefined" ? undefined : navigator.locks;
    return locks ? (locks.request("legato.renew", work) as Promise<T>) : work();
  }

  #keep(answer: TokenAnswer): void {
    this.#token = answer.access_token;
    this.#expires = this.#now() + answer.expires_in * 1000;
    this.#lasting.setItem(HINT, "1");
    if (answer.refresh_token) this.#tab.setItem(FALLBACK, answer.refresh_token);
  }

  #forget(): void {
    this.#token = null;
    this.#lasting.removeItem(HINT);
    this.#tab.removeItem(FALLBACK);
  }

  async #tokens(body: object): Promise<TokenAnswer> {
    return (await (await this.#post("/v1/auth/token", body)).json()) as TokenAnswer;
  }

  async #post(path: string, body: object): Promise<Response> {
    let answer: Response;
    try {
      answer = await this.#fetch(path, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
        credentials: "same-origin",
      });
    } catch (cause) {
      throw new Offline(cause);
    }
    if (!answer.ok) throw await problemFrom(answer);
    return answer;
  }
}
