/** Passkeys: what the API asks for, put to the browser, and its answer brought back. */

import type { Client } from "./client";
import type { Page, Passkey } from "./types";

/** Whether this browser can do it at all: secure context, and JSON in and out (WebAuthn level 3, section 5.1). */
export function passkeysWork(): boolean {
  return (
    typeof PublicKeyCredential === "function" &&
    typeof PublicKeyCredential.parseCreationOptionsFromJSON === "function" &&
    typeof PublicKeyCredential.parseRequestOptionsFromJSON === "function"
  );
}

/** The listener has closed the browser's question, or it stood there too long: nothing to complain about. */
export function wasDeclined(error: unknown): boolean {
  return error instanceof DOMException && (error.name === "NotAllowedError" || error.name === "AbortError");
}

/** A passkey of the listener's choice, having signed *options*. */
export async function show(options: PublicKeyCredentialRequestOptionsJSON): Promise<unknown> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return json(await navigator.credentials.get({ publicKey }));
}

export class Passkeys {
  readonly #api: Client;

  constructor(api: Client) {
    this.#api = api;
  }

  async list(): Promise<Passkey[]> {
    return (await this.#api.get<Page<Passkey>>("/v1/me/passkeys", { guarded: true })).items;
  }

  /** Make one on this device, or on one that the browser can reach. */
  async add(name: string, password: string): Promise<Passkey> {
    const asked = await this.#api.post<{ public_key: PublicKeyCredentialCreationOptionsJSON }>("/v1/me/passkeys/challenge", { password });
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(asked.public_key);
    const credential = json(await navigator.credentials.create({ publicKey }));
    return this.#api.post("/v1/me/passkeys", { name, credential });
  }

  rename(id: string, name: string): Promise<Passkey> {
    return this.#api.patch(`/v1/me/passkeys/${encodeURIComponent(id)}`, { name });
  }

  revoke(id: string): Promise<void> {
    return this.#api.delete(`/v1/me/passkeys/${encodeURIComponent(id)}`);
  }
}

function json(credential: Credential | null): unknown {
  if (!(credential instanceof PublicKeyCredential)) throw new DOMException("no passkey", "NotAllowedError");
  return credential.toJSON();
}
