import { beforeEach, expect, it, vi } from "vitest";
import { Offline, Problem } from "../src/lib/api/problem";
import { Progress, type Position } from "../src/lib/player/progress";

let position: Position | null;
let sent: { path: string; body: Record<string, unknown> }[];
let refuse: Error | null;
const over = vi.fn();
const kept = vi.fn();

beforeEach(() => {
  position = { session_id: "ses_1", play_id: "ply_1", position_ms: 1234.5, state: "playing" };
  sent = [];
  refuse = null;
  over.mockReset();
  kept.mockReset();
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

function subject(): Progress {
  const put = async (path: string, body: unknown) => {
    if (refuse) throw refuse;
    sent.push({ path, body: body as Record<string, unknown> });
  };
  return new Progress({ api: { put: put as never }, where: () => position, over, kept });
}

it("is told four times a minute, and less than a lease apart", async () => {
  const progress = subject();
  progress.start();
  progress.start();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sent).toHaveLength(4);
  progress.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sent).toHaveLength(4);
});

it("says where and when, in whole milliseconds", async () => {
  await subject().report();
  expect(sent[0]!.path).toBe("/v1/playback/ses_1/progress");
  expect(sent[0]!.body).toEqual({ play_id: "ply_1", position_ms: 1235, state: "playing", at: new Date().toISOString() });
});

it("many jumps in a row are two reports: the first at once, the last where it ended", async () => {
  const progress = subject();
  for (let i = 0; i < 20; i += 1) {
    position = { ...position!, position_ms: i * 1000 };
    progress.soon();
  }
  await vi.advanceTimersByTimeAsync(5000);
  expect(sent.map((s) => s.body["position_ms"])).toEqual([0, 19_000]);
});

it("a lease that was renewed is known", async () => {
  await subject().report();
  expect(kept).toHaveBeenCalledWith(Date.now() + 60_000);
});

it.each(["session-ended", "session-not-found"])("%s is handed on, with the session it is about", async (slug) => {
  refuse = new Problem(410, slug);
  await subject().report();
  expect(over).toHaveBeenCalledWith("ses_1", refuse);
});

it.each([new Offline(), new Problem(503, "try-again"), new Problem(404, "play-not-found")])("anything else is told again later", async (error) => {
  refuse = error;
  await expect(subject().report()).resolves.toBeUndefined();
  expect(over).not.toHaveBeenCalled();
});

it("nothing is told while nothing plays", async () => {
  position = null;
  await subject().report();
  expect(sent).toEqual([]);
});
