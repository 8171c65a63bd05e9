import { beforeEach, describe, expect, it, vi } from "vitest";
import { Offline, Problem } from "../src/lib/api/problem";
import type { Grant } from "../src/lib/api/types";
import { Player } from "../src/lib/player/player";
import * as queues from "../src/lib/player/queue";
import { entriesOf, type Entry } from "../src/lib/player/queue";
import type { View } from "../src/lib/player/view";
import { grant, track } from "./builders";
import { TestDeck } from "./deck";
import { settled } from "./server";

let decks: TestDeck[];
let told: Record<string, unknown>[];
let taken: { track: string; takeOver: boolean }[];
let refusals: Map<string, Error>;
let session: string | null;
let view: View;
let player: Player;
let levelled: boolean;

const grants = {
  get sessionId() {
    return session;
  },
  async take(entry: Entry, _: readonly Entry[], options: { takeOver?: boolean } = {}): Promise<Grant> {
    taken.push({ track: entry.track.id, takeOver: options.takeOver ?? false });
    const refusal = refusals.get(entry.track.id);
    if (refusal && !options.takeOver) throw refusal;
    session ??= "ses_1";
    return grant(entry.track.id);
  },
  again: vi.fn(async (old: Grant) => grant(old.track_id, { play_id: "ply_again" })),
  lost: vi.fn(() => {
    session = null;
  }),
  forget: vi.fn(),
  kept: () => [],
};

beforeEach(() => {
  decks = [];
  told = [];
  taken = [];
  refusals = new Map();
  session = null;
  levelled = true;
  vi.clearAllMocks();
  view = { status: "idle", queue: queues.EMPTY, position: 0, duration: 0, quality: null, volume: 1, muted: false, trouble: null };
  player = new Player({
    view,
    grants: grants as never,
    events: { tell: async (event) => void told.push(event) },
    deck: (events) => {
      const deck = new TestDeck(events);
      decks.push(deck);
      return deck.deck;
    },
    limit: () => Number.POSITIVE_INFINITY,
    levelled: () => levelled,
  });
});

const heard = () => decks.find((d) => d.deck === player.deck)!;
const types = () => told.map((e) => e["type"]);
const play = (...ids: string[]) => player.playNow(entriesOf(ids.map((id) => track(id))));
const nowPlaying = () => heard().grant?.track_id;

describe("a tap", () => {
  it("plays, and says so once sound has come out", async () => {
    await play("a", "b");
    expect(view).toMatchObject({ status: "playing", duration: 200, trouble: null });
    expect(nowPlaying()).toBe("a");
    expect(types()).toEqual(["play_started"]);
  });

  it("on another track wins over one that is still on its way", async () => {
    const first = play("a");
    await play("b");
    await first;
    expect(nowPlaying()).toBe("b");
    expect(types()).toEqual(["play_started"]);
  });

  it("and a pause before the first sound stays paused", async () => {
    const started = play("a");
    player.pause();
    await started;
    expect(view.status).toBe("paused");
    expect(heard().audio.paused).toBe(true);
    await player.toggle();
    expect(view.status).toBe("playing");
  });

  it("goes on where another device stopped", async () => {
    await player.playNow(entriesOf([track("a")]), 0, 42);
    expect(heard().loads[0]!.options.startSeconds).toBe(42);
  });
});

describe("the next track", () => {
  async function ready(): Promise<void> {
    await play("a", "b");
    heard().buffered = 30;
    heard().until(1);
    await settled();
  }

  it("is made ready on the other deck once the current one is safe, and starts without a request", async () => {
    await ready();
    expect(taken.map((t) => t.track)).toEqual(["a", "b"]);
    const idle = decks.find((d) => d !== heard())!;
    expect(idle.grant?.track_id).toBe("b");
    await player.next();
    expect(heard()).toBe(idle);
    expect(taken).toHaveLength(2);
    expect(view.status).toBe("playing");
  });

  it("is not made ready while the current one still needs the network", async () => {
    await play("a", "b");
    heard().buffered = 5;
    heard().until(1);
    await settled();
    expect(taken.map((t) => t.track)).toEqual(["a"]);
  });

  it("follows by itself, and the first one is told as heard to its end", async () => {
    await ready();
    const first = heard();
    first.end();
    await settled();
    expect(nowPlaying()).toBe("b");
    expect(first.grant).toBeNull();
    const ended = told.find((e) => e["type"] === "play_ended");
    expect(ended).toMatchObject({ track_id: "a", reason: "completed", position_ms: 200_000 });
    expect(types()).toEqual(["play_started", "play_ended", "play_started"]);
  });

  it("is another one when the queue changed meanwhile", async () => {
    await ready();
    player.edit((queue) => queues.playNext(queue, entriesOf([track("x")])));
    heard().until(2);
    await settled();
    await player.next();
    expect(nowPlaying()).toBe("x");
  });

  it("at the end of the queue there is none: it stops at the beginning of the last", async () => {
    await play("a");
    heard().end();
    await settled();
    expect(view).toMatchObject({ status: "paused", position: 0 });
    await player.toggle();
    expect(heard().loads.at(-1)!.options.startSeconds).toBe(0);
    expect(types()).toEqual(["play_started", "play_ended", "play_started"]);
  });

  it("that may not be heard is passed over when nobody chose it", async () => {
    refusals.set("b", new Problem(403, "not-licensed-here"));
    await play("a", "b", "c");
    heard().end();
    await settled();
    expect(nowPlaying()).toBe("c");
    expect(view.trouble).toBeNull();
  });

  it("that may not be heard is explained when somebody chose it", async () => {
    refusals.set("b", new Problem(403, "not-licensed-here"));
    await play("b", "c");
    expect(view.trouble?.error).toMatchObject({ slug: "not-licensed-here" });
    expect(view.status).toBe("paused");
  });

  it("is not chased through a whole queue that may not be heard", async () => {
    const ids = Array.from({ length: 40 }, (_, i) => `t${i}`);
    for (const id of ids) refusals.set(id, new Problem(403, "not-licensed-here"));
    refusals.delete("t0");
    await play(...ids);
    heard().end();
    await settled();
    expect(taken.length).toBeLessThan(15);
    expect(view.trouble).not.toBeNull();
  });

  it("without a network is waited for, not skipped", async () => {
    refusals.set("b", new Offline());
    await play("a", "b", "c");
    heard().end();
    await settled();
    expect(view.trouble?.error).toBeInstanceOf(Offline);
    refusals.clear();
    await player.toggle();
    expect(nowPlaying()).toBe("b");
  });
});

describe("the next track of an album", () => {
  const side = (id: string, position: number) => track(id, { disc: 1, position });
  const active = () => heard();

  async function joined(): Promise<void> {
    await player.playNow(entriesOf([side("a", 1), side("b", 2), side("c", 3)]));
    active().buffered = 30;
    active().until(1);
    await settled();
  }

  it("is expected from the beginning, and joined on to the deck that is heard", async () => {
    await joined();
    expect(active().loads[0]!.options.more).toBe(200);
    expect(active().joined?.track_id).toBe("b");
    expect(decks.find((d) => d !== active())!.grant).toBeNull();
  });

  it("is heard when the playhead has come to it: one play ends, the next begins, nothing is loaded", async () => {
    await joined();
    const deck = active();
    deck.until(200);
    deck.cross();
    expect(active()).toBe(deck);
    expect(queues.current(view.queue)?.track.id).toBe("b");
    expect(types()).toEqual([...Array(6).fill("play_progress"), "play_ended", "play_started"].toSpliced(0, 0, "play_started"));
    expect(told.at(-2)).toMatchObject({ track_id: "a", reason: "completed", position_ms: 200_000 });
    expect(told.at(-1)).toMatchObject({ track_id: "b", position_ms: 0 });
    deck.until(1);
    await settled();
    expect([deck.joined?.track_id, deck.loads.length]).toEqual(["c", 1]);
  });

  it("is gone to at once when somebody asks for it", async () => {
    await joined();
    await player.next();
    expect([nowPlaying(), active().loads.length, view.status]).toEqual(["b", 1, "playing"]);
    expect(told.find((e) => e["type"] === "play_ended")).toMatchObject({ track_id: "a", reason: "skipped" });
  });

  it("is cut off again when the queue changed meanwhile", async () => {
    await joined();
    player.edit((queue) => queues.playNext(queue, entriesOf([track("x")])));
    active().until(2);
    await settled();
    expect(active().joined).toBeNull();
    expect(active().cuts).toBeGreaterThan(0);
    expect(decks.find((d) => d !== active())!.grant?.track_id).toBe("x");
  });

  it("with another ladder goes on the other deck", async () => {
    await player.playNow(entriesOf([side("a", 1), side("b", 2)]));
    active().joins = false;
    active().buffered = 30;
    active().until(1);
    await settled();
    expect(decks.find((d) => d !== active())!.grant?.track_id).toBe("b");
  });

  it("that may not be heard lets the current one end where it ends", async () => {
    refusals.set("b", new Problem(403, "not-licensed-here"));
    await joined();
    expect(active().cuts).toBeGreaterThan(0);
  });
});

describe("what was heard", () => {
  it("a wait after a jump shows, and is no stall", async () => {
    await play("a");
    player.seek(100);
    heard().tells.waiting();
    expect(view.status).toBe("stalled");
    heard().tells.playing();
    expect(view.status).toBe("playing");
    expect(types()).toEqual(["play_started", "play_seeked"]);
  });

  it("is told every half minute, and jumps are not heard", async () => {
    await play("a");
    heard().until(31);
    player.seek(150);
    heard().tells.playing();
    heard().until(160);
    player.pause();
    expect(types()).toEqual(["play_started", "play_progress", "play_seeked", "play_paused"]);
    expect(told[2]).toMatchObject({ from_ms: 31_000, position_ms: 150_000 });
    expect(told[3]).toMatchObject({ position_ms: 160_000, heard_ms: 41_000 });
  });

  it("a stall is told, and what follows it is no resumption", async () => {
    await play("a");
    heard().tells.waiting();
    expect(view.status).toBe("stalled");
    heard().tells.playing();
    expect(types()).toEqual(["play_started", "play_stalled"]);
  });

  it("a change of quality is told when it is heard, the first quality is none", async () => {
    await play("a");
    const rendition = (id: string) => ({ id, file: "", codecs: "", bandwidth: 0, sampleRate: 44_100, channels: 2, kid: "", pssh: "", init: "", offset: 0, starts: [], ends: [], seconds: [] });
    heard().tells.quality(rendition("aac160"));
    heard().tells.quality(rendition("flac"));
    expect(view.quality?.id).toBe("flac");
    expect(told.slice(1)).toMatchObject([{ type: "quality_switched", from: "aac160", to: "flac" }]);
  });

  it("of a track that was left is told as skipped, where it was left", async () => {
    await play("a", "b");
    heard().until(12);
    await player.next();
    expect(told.at(-2)).toMatchObject({ type: "play_ended", reason: "skipped", position_ms: 12_000 });
  });
});

describe("previous", () => {
  it("goes to the beginning first, then to the track before", async () => {
    await play("a", "b");
    await player.next();
    heard().until(10);
    await player.previous();
    expect([nowPlaying(), heard().audio.currentTime]).toEqual(["b", 0]);
    heard().tells.moved(0);
    await player.previous();
    expect(nowPlaying()).toBe("a");
  });
});

describe("too many streams", () => {
  it("says so, and takes over when asked to", async () => {
    refusals.set("a", new Problem(409, "too-many-streams", { device: { name: "Kitchen" } }));
    await play("a");
    expect(view.trouble?.error).toMatchObject({ slug: "too-many-streams" });
    await player.takeOver();
    expect(taken.at(-1)).toEqual({ track: "a", takeOver: true });
    expect(view).toMatchObject({ status: "playing", trouble: null });
  });

  it("another device that took over ends the music here, and its place is kept", async () => {
    await play("a");
    heard().until(20);
    await player.sessionOver("ses_1", new Problem(403, "session-ended"));
    expect(view).toMatchObject({ status: "paused", position: 20 });
    expect(told.at(-1)).toMatchObject({ type: "play_ended", reason: "stopped", position_ms: 20_000 });
    await player.takeOver();
    expect(heard().loads.at(-1)!.options.startSeconds).toBe(20);
  });

  it("news of a session that is not ours any more is no news", async () => {
    await play("a");
    await player.sessionOver("ses_0", new Problem(403, "session-ended"));
    expect(view.status).toBe("playing");
  });
});

describe("a lease that ran out", () => {
  it("is asked for again while the music plays on", async () => {
    await play("a");
    await player.sessionOver("ses_1", new Problem(404, "session-not-found"));
    expect(grants.again).toHaveBeenCalledOnce();
    expect(view.status).toBe("playing");
    session = "ses_2";
    expect(player.where()).toMatchObject({ session_id: "ses_2", play_id: "ply_again", state: "playing" });
  });

  it("of paused music is left until it goes on", async () => {
    await play("a");
    player.pause();
    await player.sessionOver("ses_1", new Problem(404, "session-not-found"));
    expect(grants.again).not.toHaveBeenCalled();
    expect(view.trouble).toBeNull();
  });
});

describe("a deck that fails", () => {
  it("while it is heard ends the play, says why and stops asking", async () => {
    await play("a");
    heard().until(7);
    heard().tells.failed({ code: 1001, data: ["legato://s1/a.mp4", 451, ""] });
    await settled();
    expect(view.trouble?.error).toMatchObject({ slug: "taken-down" });
    expect(told.at(-1)).toMatchObject({ type: "play_failed", problem: "taken-down", position_ms: 7000 });
    expect(heard().grant).toBeNull();
    expect(view.position).toBe(7);
  });

  it("while it is made ready harms nothing: its track is asked for when its turn comes", async () => {
    await play("a", "b");
    const idle = decks.find((d) => d !== heard())!;
    idle.refuse = () => ({ code: 1002 });
    heard().buffered = 30;
    heard().until(1);
    await settled();
    expect(view.trouble).toBeNull();
    await player.next();
    expect([nowPlaying(), view.status]).toEqual(["b", "playing"]);
  });
});

it("removing what plays plays what came after it; removing the last stops", async () => {
  await play("a", "b");
  await player.remove(view.queue.entries[0]!.uid);
  expect(nowPlaying()).toBe("b");
  await player.remove(view.queue.entries[0]!.uid);
  expect(view.status).toBe("idle");
});

it("where the listener is: nothing before the first sound, then the state of the deck", async () => {
  expect(player.where()).toBeNull();
  await play("a");
  heard().until(3);
  expect(player.where()).toMatchObject({ session_id: "ses_1", position_ms: 3000, state: "playing" });
  player.pause();
  expect(player.where()).toMatchObject({ state: "paused" });
});

it("the volume is the listener's times the track's gain, on both decks", async () => {
  await play("a");
  player.setVolume(0.5);
  expect(decks.map((d) => d.audio.volume)).toEqual([0.25, 0.25]);
  player.setVolume(0.5, true);
  expect(decks.every((d) => d.audio.muted)).toBe(true);
});

it("a track is brought to the common loudness while that is wanted, and back at once", async () => {
  await play("a");
  heard().gain = -6;
  player.levelsChanged();
  expect(heard().audio.volume).toBeCloseTo(0.501, 3);
  levelled = false;
  player.levelsChanged();
  expect(heard().audio.volume).toBe(1);
});
