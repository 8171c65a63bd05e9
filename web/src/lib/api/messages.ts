/** What a listener reads when something is refused: what happened, and what can be done. Never a code alone. */

import { Offline, Problem, problemOf } from "./problem";
import type { ProblemBody } from "./types";

/** What the app can offer to do about it. */
export type Remedy = "sign-in" | "play-here" | "retry" | "see-plans";

export interface Message {
  title: string;
  text: string;
  remedy?: Remedy;
}

type Words = (body: ProblemBody, problem: Problem) => Message;

const PLANS: Record<string, string> = { free: "Free", premium: "Premium", hifi: "HiFi" };

const WORDS: Record<string, Words> = {
  unauthenticated: () => ({ title: "Please sign in", text: "Your session has ended.", remedy: "sign-in" }),
  "wrong-credentials": () => ({
    title: "That did not match",
    text: "No account with this address and password. Check both and try again.",
  }),
  "refresh-token-refused": () => ({ title: "Please sign in", text: "Your session has ended.", remedy: "sign-in" }),
  "passkey-refused": () => ({
    title: "That passkey opens no account here",
    text: "It may have been revoked. Sign in with your password instead.",
  }),
  "passkey-not-accepted": () => ({ title: "The passkey was not added", text: "It took too long, or was made for another site. Please try again." }),
  "passkey-known": () => ({ title: "You have this passkey", text: "It is in the list already." }),
  "too-many-passkeys": (body) => ({ title: "That is enough passkeys", text: `An account holds ${String(body["most"] ?? 20)}. Revoke one that you do not use.` }),
  "link-expired": () => ({ title: "This link has ended", text: "It works once, for half an hour. Have a new one sent." }),
  "address-taken": () => ({ title: "This address has an account", text: "Sign in instead, or use another address." }),
  "password-too-common": () => ({ title: "Choose another password", text: "This one is among the first that guessers try." }),
  "subscription-required": () => ({
    title: "A subscription opens this",
    text: "This music is for subscribers.",
    remedy: "see-plans",
  }),
  "plan-too-low": (body) => ({
    title: "Your plan does not include this",
    text: `It comes with ${planName(body["needs"])}.`,
    remedy: "see-plans",
  }),
  "not-licensed-here": (body) => ({
    title: "Not available where you are",
    text: `The rights to play this in ${country(body["territory"])} have not been given.`,
  }),
  "outside-licence-window": (body) => ({ title: "Not available today", text: window_(body) }),
  "use-not-licensed": () => ({
    title: "Not available this way",
    text: "The rights for this do not cover playing it on demand.",
  }),
  "quality-not-available": () => ({
    title: "Not in this quality",
    text: "The rights for this music do not cover the quality you chose.",
  }),
  "taken-down": () => ({ title: "No longer available", text: "The rights holder has withdrawn this music." }),
  "too-many-streams": (body) => ({
    title: "Playing somewhere else",
    text: `Your plan's streams are in use${device(body)}. Play here and the other stops.`,
    remedy: "play-here",
  }),
  "session-ended": (body) => ({
    title: "Paused: playing somewhere else",
    text: `Another player took over${device(body)}.`,
    remedy: "play-here",
  }),
  "malformed-request": (body) => ({ title: "That cannot be right", text: faults(body) }),
  "slow-down": (_, problem) => ({
    title: "A moment, please",
    text: `Too many tries. Try again ${soon(problem.retryAfterSeconds)}.`,
    remedy: "retry",
  }),
  "try-again": (_, problem) => ({
    title: "The service is busy",
    text: `Nothing is lost. Try again ${soon(problem.retryAfterSeconds)}.`,
    remedy: "retry",
  }),
  "cannot-play": () => ({
    title: "This could not be played",
    text: "The stream stopped and could not be picked up again.",
    remedy: "retry",
  }),
  "no-protected-audio": () => ({
    title: "This browser cannot play protected music",
    text: "Protected playback is off or missing. Try a current Chrome, Edge or Firefox.",
  }),
};

export function explain(error: unknown): Message {
  if (error instanceof Offline) {
    return { title: "You are offline", text: "What is loaded keeps playing; the rest waits for the network.", remedy: "retry" };
  }
  if (!(error instanceof Problem)) return { title: "Something went wrong", text: "Please try again.", remedy: "retry" };
  const words = WORDS[error.slug];
  if (words) return words(error.body, error);
  if (error.slug.endsWith("-not-found") || error.status === 404) {
    return { title: "Not found", text: `${thing(error.slug)} is not here, or not any more.` };
  }
  if (error.status === 429) return WORDS["slow-down"]!(error.body, error);
  if (error.status >= 500) return WORDS["try-again"]!(error.body, error);
  return { title: error.body.title ?? "That was refused", text: error.body.detail ?? "" };
}

/** One line for a track that is greyed out. */
export function whyNot(reason: string | null | undefined, body: ProblemBody = {}): string {
  const message = explain(problemOf(403, { ...body, type: `/problems/${reason || "not-licensed-here"}` }));
  return message.title;
}

function planName(needs: unknown): string {
  const name = String(needs ?? "");
  return PLANS[name] ? `the ${PLANS[name]} plan` : "a higher plan";
}

function country(code: unknown): string {
  if (typeof code !== "string" || !/^[A-Z]{2}$/.test(code)) return "your country";
  return new Intl.DisplayNames(["en"], { type: "region" }).of(code) ?? code;
}

function window_(body: ProblemBody): string {
  if (typeof body["opens"] === "string") return `It opens on ${day(body["opens"])}.`;
  if (typeof body["closes"] === "string") return `The licence ended on ${day(body["closes"])}.`;
  return "The licence does not cover this time.";
}

function day(moment: string): string {
  const date = new Date(moment);
  return Number.isNaN(date.getTime()) ? moment : date.toLocaleDateString("en-GB", { dateStyle: "long" });
}

function device(body: ProblemBody): string {
  const where = body["device"];
  const name = typeof where === "string" ? where : (where as { name?: unknown } | undefined)?.name;
  return name ? ` on ${String(name)}` : "";
}

function faults(body: ProblemBody): string {
  const errors = body["errors"];
  if (Array.isArray(errors) && errors.length) {
    return errors.map((e: { at?: string; fault?: string }) => `${(e.at ?? "").split(".").pop()}: ${e.fault}`).join("; ");
  }
  return body.detail ?? "Check what you entered.";
}

function soon(seconds: number | null): string {
  if (seconds === null || seconds <= 2) return "in a moment";
  if (seconds < 90) return `in ${Math.ceil(seconds)} seconds`;
  return `in ${Math.ceil(seconds / 60)} minutes`;
}

function thing(slug: string): string {
  const name = slug.replace(/-?not-found$/, "").replaceAll("-", " ");
  return name ? `This ${name}` : "What you are looking for";
}
