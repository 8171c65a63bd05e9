import { IDBFactory } from "fake-indexeddb";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Offline, Problem } from "../src/lib/api/problem";
import type { PlayEvent } from "../src/lib/api/types";
import { Events, LARGEST_BYTES } from "../src/lib/player/events";
import { uuid7 } from "../src/lib/player/ids";
import { IndexedOutbox } from "../src/lib/player/outbox";

let database: IDBFactory;
let listener: string | null;
let sent: PlayEvent[][];
let refuse: (events: PlayEvent[]) => Error | null;

beforeEach(() => {
  database = new IDBFactory();
  listener = "usr_1";
  sent = [];
  refuse = () => null;
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  return () => vi.useRealTimers();
});

function subject(): Events {
  const post = async (_: string, body: unknown) => {
    const { events } = body as { events: PlayEvent[] };
    const error = refuse(events);
    if (error) throw error;
    sent.push(events);
    return { accepted: events.length };
  };
  return new Events({ api: { post: vi.fn(post) as never }, outbox: new IndexedOutbox(database), listener: () => listener });
}

const event = (more: object = {}) => ({ type: "play_progress" as const, play_id: "ply_1", track_id: "trk_1", session_id: "ses_1", position_ms: 5, ...more });

it("events go out in batches, in order, with ids that sort by time", async () => {
  const events = subject();
  for (let i = 0; i < 250; i += 1) await events.tell(event({ position_ms: i }));
  await events.flush();
  expect(sent.map((batch) => batch.length)).toEqual([100, 100, 50]);
  const all = sent.flat();
  expect(new Set(all.map((e) => e.event_id)).size).toBe(250);
  expect(all.every((e) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/.test(e.event_id))).toBe(true);
});

it("what could not be sent waits, through a restart of the page, and goes out once", async () => {
  refuse = () => new Offline();
  const before = subject();
  await before.tell(event());
  await before.flush();
  expect(sent).toEqual([]);
  refuse = () => null;
  const after = subject();
  await after.flush();
  await after.flush();
  expect(sent).toHaveLength(1);
});

it("a body stays below what browsers send for a page that is gone", async () => {
  const events = subject();
  for (let i = 0; i < 100; i += 1) await events.tell(event({ note: "x".repeat(1500) }));
  await events.flush();
  expect(sent.length).toBeGreaterThan(1);
  for (const batch of sent) expect(JSON.stringify({ events: batch }).length).toBeLessThan(LARGEST_BYTES);
  expect(sent.flat()).toHaveLength(100);
});

it("one event that the service cannot read does not hold up the others", async () => {
  refuse = (batch) => (batch.some((e) => e.position_ms === 3) ? new Problem(422, "malformed-request") : null);
  const events = subject();
  for (let i = 0; i < 8; i += 1) await events.tell(event({ position_ms: i }));
  await events.flush();
  expect(sent.flat().map((e) => e.position_ms).sort()).toEqual([0, 1, 2, 4, 5, 6, 7]);
  sent = [];
  await events.flush();
  expect(sent).toEqual([]);
});

describe("whose events they are", () => {
  it("is not mixed up when another signs in at the same machine", async () => {
    refuse = () => new Offline();
    const events = subject();
    await events.tell(event());
    listener = "usr_2";
    refuse = () => null;
    await events.tell(event({ play_id: "ply_2" }));
    await events.flush();
    expect(sent.flat().map((e) => e.play_id)).toEqual(["ply_2"]);
    listener = "usr_1";
    await events.flush();
    expect(sent.flat().map((e) => e.play_id)).toEqual(["ply_2", "ply_1"]);
  });

  it("nobody's are not kept", async () => {
    listener = null;
    const events = subject();
    await events.tell(event());
    listener = "usr_1";
    await events.flush();
    expect(sent).toEqual([]);
  });
});

it("a play that has begun is told soon, by itself", async () => {
  const events = subject();
  await events.tell(event({ type: "play_started" }));
  await vi.advanceTimersByTimeAsync(2000);
  await vi.waitFor(() => expect(sent).toHaveLength(1));
});

it("ids of one millisecond differ, and ids of later ones are greater", () => {
  const made = Array.from({ length: 1000 }, (_, i) => uuid7(1_700_000_000_000 + i));
  expect([...made].sort()).toEqual(made);
  expect(new Set(Array.from({ length: 1000 }, () => uuid7(5)))).toHaveProperty("size", 1000);
});
