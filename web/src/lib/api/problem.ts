/** Refusals as the app meets them: RFC 9457 problems, the gateway's own `{message}`, and no answer at all. */

import type { ProblemBody } from "./types";

export class Problem extends Error {
  readonly status: number;
  /** `too-many-streams` for `/problems/too-many-streams`. */
  readonly slug: string;
  readonly body: ProblemBody;
  readonly retryAfterSeconds: number | null;

  constructor(status: number, slug: string, body: ProblemBody = {}, retryAfterSeconds: number | null = null) {
    super(body.detail || body.title || slug);
    this.name = "Problem";
    this.status = status;
    this.slug = slug;
    this.body = body;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The network gave no answer. */
export class Offline extends Error {
  constructor(cause?: unknown) {
    super("no answer from the network", { cause });
    this.name = "Offline";
  }
}

/** What the gateway refuses by itself carries no problem type: the status is all there is. */
const BY_STATUS: Record<number, string> = {
  401: "unauthenticated",
  403: "forbidden",
  404: "not-found",
  413: "body-too-large",
  429: "slow-down",
  451: "taken-down",
  503: "try-again",
};

export function problemOf(status: number, body: unknown, retryAfter: string | null = null): Problem {
  const content: ProblemBody = typeof body === "object" && body !== null ? (body as ProblemBody) : {};
  const named = typeof content.type === "string" ? (content.type.split("/").pop() ?? "") : "";
  const seconds = Number(retryAfter ?? content["retry_after"] ?? Number.NaN);
  return new Problem(
    status,
    named || BY_STATUS[status] || "internal-error",
    content,
    Number.isFinite(seconds) ? seconds : null,
  );
}

export async function problemFrom(answer: Response): Promise<Problem> {
  const body: unknown = await answer.json().catch(() => null);
  return problemOf(answer.status, body, answer.headers.get("Retry-After"));
}

/** Whether another try can only be answered the same. */
export function isFinal(error: unknown): boolean {
  return error instanceof Problem && error.status < 500 && error.status !== 429;
}

/** Whether the refusal is about one track, so that the next may still play. */
export function aboutTrack(error: Error): boolean {
  return error instanceof Problem && ([402, 403, 404, 451].includes(error.status) || error.slug === "cannot-play");
}
