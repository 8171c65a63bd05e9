import { describe, expect, it } from "vitest";
import * as queues from "../src/lib/player/queue";
import type { Queue } from "../src/lib/player/queue";
import { track } from "./builders";

const entries = (...ids: string[]) => queues.entriesOf(ids.map((id) => track(id)));
const of = (at: number, ...ids: string[]): Queue => queues.start(queues.EMPTY, entries(...ids), at);
const ids = (queue: Queue) => queue.entries.map((e) => e.track.id).join("");
const playing = (queue: Queue | null) => (queue ? queues.current(queue)?.track.id : null);

describe("adding", () => {
  it("puts tracks at the end, or right after what plays", () => {
    const queue = of(0, "a", "b");
    expect(ids(queues.append(queue, entries("x")))).toBe("abx");
    expect(ids(queues.playNext(queue, entries("x", "y")))).toBe("axyb");
  });

  it("to an empty queue makes the first one current", () => {
    expect(playing(queues.append(queues.EMPTY, entries("a")))).toBe("a");
  });
});

describe("what plays keeps playing", () => {
  it.each([
    ["a", 2, "bca"],
    ["c", 0, "cab"],
    ["b", 0, "bac"],
    ["a", 99, "bca"],
  ])("when %s moves to %i", (id, to, order) => {
    const queue = of(1, "a", "b", "c");
    const moved = queues.move(queue, queue.entries.find((e) => e.track.id === id)!.uid, to);
    expect(ids(moved)).toBe(order);
    expect(playing(moved)).toBe("b");
  });

  it("when others are removed", () => {
    const queue = of(1, "a", "b", "c");
    const rest = queues.remove(queues.remove(queue, queue.entries[0]!.uid), queue.entries[2]!.uid);
    expect([ids(rest), playing(rest)]).toEqual(["b", "b"]);
  });

  it("and when itself is removed, what came after it is next", () => {
    const queue = of(1, "a", "b", "c");
    expect(playing(queues.remove(queue, queue.entries[1]!.uid))).toBe("c");
    const last = of(2, "a", "b", "c");
    expect(playing(queues.remove(last, last.entries[2]!.uid))).toBe("b");
  });

  it("when all that comes is cleared", () => {
    const queue = queues.clearUpcoming(of(1, "a", "b", "c"));
    expect([ids(queue), playing(queue)]).toEqual(["ab", "b"]);
  });
});

describe("the end of a track", () => {
  it("goes on to the next, and ends at the end", () => {
    expect(playing(queues.after(of(0, "a", "b"), "ended"))).toBe("b");
    expect(queues.after(of(1, "a", "b"), "ended")).toBeNull();
  });

  it("repeats the queue or the track as the listener set it; asking for the next gets the next", () => {
    const all = queues.turnRepeat(of(1, "a", "b"));
    expect(playing(queues.after(all, "ended"))).toBe("a");
    const one = queues.turnRepeat(all);
    expect(playing(queues.after(one, "ended"))).toBe("b");
    expect(playing(queues.after({ ...one, at: 0 }, "asked"))).toBe("b");
    expect(queues.turnRepeat(one).repeat).toBe("off");
  });

  it("previous stops at the beginning, unless the queue repeats", () => {
    expect(queues.before(of(0, "a", "b"))).toBeNull();
    expect(playing(queues.before(queues.turnRepeat(of(0, "a", "b"))))).toBe("b");
  });
});

describe("shuffling", () => {
  it("keeps what plays, first; and back in order it still plays", () => {
    const queue = of(2, "a", "b", "c", "d");
    const shuffled = queues.shuffle(queue, () => 0.3);
    expect(playing(shuffled)).toBe("c");
    expect(shuffled.at).toBe(0);
    expect([...ids(shuffled)].sort().join("")).toBe("abcd");
    expect(ids(shuffled)).not.toBe("cabd");
    const back = queues.unshuffle(shuffled);
    expect([ids(back), playing(back), back.at]).toEqual(["abcd", "c", 2]);
  });

  it("counts every order as likely as any other", () => {
    let state = 1;
    const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i += 1) {
      const order = ids(queues.shuffle(of(0, "x", "a", "b", "c"), random)).slice(1);
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });

  it("stays on for the next album", () => {
    const next = queues.start(queues.shuffle(of(0, "a", "b")), entries("p", "q", "r"), 1);
    expect(playing(next)).toBe("q");
    expect(next.unshuffled).not.toBeNull();
  });

  it("knows where tracks that came later belong", () => {
    const shuffled = queues.shuffle(of(0, "a", "b", "c"), () => 0.1);
    expect(ids(queues.unshuffle(queues.append(shuffled, entries("z"))))).toBe("abcz");
  });
});
