/** The operator's routes; the gateway lets nobody else in. */

import type { Client } from "./client";
import { Problem } from "./problem";
import type { Action, Asked, Ingest, Page, RightsShown, Uploading } from "./types";

export class Operator {
  readonly #api: Client;

  constructor(api: Client) {
    this.#api = api;
  }

  ingests(cursor?: string): Promise<Page<Ingest>> {
    return this.#api.get("/v1/admin/ingests", { query: { cursor }, guarded: true });
  }

  rights(id: string, asked: Asked): Promise<RightsShown> {
    return this.#api.get(`/v1/admin/rights/${encodeURIComponent(id)}`, { query: { ...asked }, guarded: true });
  }

  /** What operators did, newest first; of one thing where it is named. */
  actions(target = "", cursor?: string): Promise<Page<Action>> {
    return this.#api.get("/v1/admin/audit", { query: { target: target || undefined, cursor }, guarded: true });
  }

  takeDown(id: string, reason: string): Promise<void> {
    return this.#api.post(`/v1/admin/takedowns/${encodeURIComponent(id)}`, { reason });
  }

  reinstate(id: string): Promise<void> {
    return this.#api.delete(`/v1/admin/takedowns/${encodeURIComponent(id)}`);
  }

  /** The file goes straight to the inbox, under an address that is good for it alone. */
  async upload(file: File): Promise<string> {
    const { ingest_id, upload } = await this.#api.post<Uploading>("/v1/admin/uploads", {
      filename: file.name,
      content_type: file.type || "application/octet-stream",
      bytes: file.size,
    });
    const sent = await fetch(upload.url, { method: upload.method, headers: upload.headers, body: file }).catch(() => null);
    if (!sent) throw new Problem(0, "upload-lost", { title: "The upload did not get through", detail: file.name });
    if (!sent.ok) throw new Problem(sent.status, "upload-refused", { title: "The upload was refused", detail: file.name });
    return ingest_id;
  }
}
