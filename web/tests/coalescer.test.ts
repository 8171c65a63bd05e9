import { beforeEach, describe, expect, it, vi } from "vitest";
import { Coalescer, FIRST_SPAN_SECONDS, Refused, SPAN_SECONDS, type Options } from "../src/lib/player/coalescer";
import { Offline, Problem } from "../src/lib/api/problem";
import { contentOf, FILE_BYTES, MediaServer, settled } from "./server";

/** Fragments of 1 s and 40 bytes after 100 bytes of headers: 97 of them. */
const FIRST = 100;
const SIZE = 40;
const COUNT = Math.floor((FILE_BYTES - FIRST) / SIZE);
const starts = Array.from({ length: COUNT }, (_, i) => FIRST + i * SIZE);
const fragments = { starts, ends: starts.map((s) => s + SIZE - 1), seconds: starts.map(() => 1) };

let server: MediaServer;
let renewals: number;
let signature: string;

function coalescer(more: Partial<Options> = {}): Coalescer {
  return new Coalescer({
    fragments: new Map([
      ["aac160.mp4", fragments],
      ["aac48.mp4", fragments],
    ]),
    source: {
      address: (file) => `https://cdn.test/media/ses.DE/v1/${file}?Signature=${signature}`,
      renew: async () => {
        renewals += 1;
        signature = `fresh${renewals}`;
      },
    },
    fetch: server.fetch,
    ...more,
  });
}

function read(from: Coalescer, n: number, file = "aac160.mp4", progress = vi.fn()): { bytes: Promise<ArrayBuffer>; abort: () => void } {
  const got = from.read(file, fragments.starts[n]!, fragments.ends[n]!, progress);
  got.bytes.catch(() => {});
  return got;
}

const fragment = (n: number, file = "aac160.mp4") => contentOf(file).subarray(fragments.starts[n]!, fragments.ends[n]! + 1);

beforeEach(() => {
  server = new MediaServer();
  renewals = 0;
  signature = "first";
});

describe("many reads", () => {
  it("become one request of the first span, and each gets its own bytes", async () => {
    const subject = coalescer();
    for (let n = 0; n < FIRST_SPAN_SECONDS; n += 1) {
      expect(new Uint8Array(await read(subject, n).bytes)).toEqual(fragment(n));
    }
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).toMatchObject({ first: FIRST, last: FIRST + FIRST_SPAN_SECONDS * SIZE - 1 });
  });

  it("cover thirty seconds a request once the span is long: a song of 97 s takes four", async () => {
    const subject = coalescer();
    for (let n = 0; n < COUNT; n += 1) {
      await read(subject, n).bytes;
      subject.span = SPAN_SECONDS;
    }
    expect(server.requests.map((r) => (r.last - r.first + 1) / SIZE)).toEqual([10, 30, 30, 27]);
  });

  it("of 210 s take nine requests at most, the switch to a heavier rendition after eight seconds included", async () => {
    const song = Array.from({ length: 210 }, (_, n) => n);
    const short = { starts: song.map((n) => n * 10), ends: song.map((n) => n * 10 + 9), seconds: song.map(() => 1) };
    const files = ["aac160.mp4", "flac.mp4"] as const;
    const subject = coalescer({ fragments: new Map(files.map((file) => [file, short])) });
    for (const n of song) {
      if (n === 8) subject.span = SPAN_SECONDS;
      await subject.read(files[n < 8 ? 0 : 1], short.starts[n]!, short.ends[n]!, vi.fn()).bytes;
    }
    expect(server.requests.length).toBeLessThanOrEqual(9);
    expect(server.requests.map((r) => r.file)).toEqual([files[0], ...Array(server.requests.length - 1).fill(files[1])]);
  });

  it("resolve as soon as their own bytes are there, not when the request ends", async () => {
    server.eager = false;
    const subject = coalescer();
    const first = read(subject, 0);
    await settled();
    server.requests[0]!.send(SIZE + 5);
    expect(new Uint8Array(await first.bytes)).toEqual(fragment(0));
    expect(server.requests[0]!.aborted).toBe(false);
  });

  it("may ask for the same fragment twice without a second request", async () => {
    const subject = coalescer();
    await read(subject, 0).bytes;
    expect(new Uint8Array(await read(subject, 0).bytes)).toEqual(fragment(0));
    expect(server.requests).toHaveLength(1);
  });

  it("of a range that the manifest does not name are passed on as they are", async () => {
    const bytes = await coalescer().read("aac160.mp4", 3, 9, vi.fn()).bytes;
    expect(new Uint8Array(bytes)).toEqual(contentOf("aac160.mp4").subarray(3, 10));
    expect(server.requests[0]).toMatchObject({ first: 3, last: 9 });
  });
});

describe("a seek or a switch", () => {
  it("ends the running request and starts another where the player now is", async () => {
    server.eager = false;
    const subject = coalescer();
    read(subject, 0);
    await settled();
    read(subject, 50);
    await settled();
    expect(server.requests[0]!.aborted).toBe(true);
    expect(server.requests[1]!.first).toBe(fragments.starts[50]);
    expect(subject.stats).toMatchObject({ requests: 2, aborted: 1 });
  });

  it("to another rendition ends the running request too", async () => {
    server.eager = false;
    const subject = coalescer();
    read(subject, 0);
    await settled();
    read(subject, 1, "aac48.mp4");
    await settled();
    expect(server.requests.map((r) => [r.file, r.aborted])).toEqual([
      ["aac160.mp4", true],
      ["aac48.mp4", false],
    ]);
  });

  it("forward within what has arrived costs no request", async () => {
    const subject = coalescer();
    await read(subject, 0).bytes;
    expect(new Uint8Array(await read(subject, 7).bytes)).toEqual(fragment(7));
    expect(server.requests).toHaveLength(1);
  });

  it("of which the player gave up its read ends the request, and what had arrived is still of use", async () => {
    server.eager = false;
    const subject = coalescer();
    const first = read(subject, 0);
    await settled();
    server.requests[0]!.send(2 * SIZE);
    await first.bytes;
    read(subject, 5).abort();
    await settled();
    expect(server.requests[0]!.aborted).toBe(true);
    expect(new Uint8Array(await read(subject, 1).bytes)).toEqual(fragment(1));
    expect(server.requests).toHaveLength(1);
    read(subject, 2);
    await settled();
    expect(server.requests[1]!.first).toBe(fragments.starts[2]);
  });

  it("that is given up rejects as an abort, which the player does not try again", async () => {
    server.eager = false;
    const subject = coalescer();
    const got = read(subject, 0);
    got.abort();
    await expect(got.bytes).rejects.toMatchObject({ name: "AbortError" });
  });
});

describe("a refused signature", () => {
  it("is renewed once and the request made again", async () => {
    server.refuse = (request) => (request.url.search.includes("first") ? 403 : undefined);
    const subject = coalescer();
    expect(new Uint8Array(await read(subject, 0).bytes)).toEqual(fragment(0));
    expect(renewals).toBe(1);
    expect(server.requests.map((r) => r.url.search)).toEqual(["?Signature=first", "?Signature=fresh1"]);
  });

  it("that stays refused is an end, not a loop", async () => {
    server.refuse = () => 403;
    const refused = vi.fn();
    const subject = coalescer({ refused });
    await expect(read(subject, 0).bytes).rejects.toEqual(new Refused(403));
    expect(refused.mock.calls).toEqual([[new Refused(403)]]);
    await expect(read(subject, 0, "aac48.mp4").bytes).rejects.toEqual(new Refused(403));
    expect(server.requests).toHaveLength(2);
  });

  it("is not what a missing file is: another rendition may still be there", async () => {
    server.refuse = (request) => (request.file === "aac160.mp4" ? 404 : undefined);
    const subject = coalescer();
    await expect(read(subject, 0).bytes).rejects.toEqual(new Refused(404));
    expect(new Uint8Array(await read(subject, 0, "aac48.mp4").bytes)).toEqual(fragment(0, "aac48.mp4"));
  });

  it("in the middle of a song is renewed for the next request alone", async () => {
    const subject = coalescer();
    for (let n = 0; n < FIRST_SPAN_SECONDS; n += 1) await read(subject, n).bytes;
    server.refuse = (request) => (request.url.search.includes("first") ? 403 : undefined);
    expect(new Uint8Array(await read(subject, FIRST_SPAN_SECONDS).bytes)).toEqual(fragment(FIRST_SPAN_SECONDS));
    expect(renewals).toBe(1);
  });

  it.each([
    [new Problem(451, "taken-down"), 1],
    [new Problem(503, "try-again"), 0],
    [new Offline(), 0],
  ])("for which there is no new one fails with the reason, and ends the track only where that is final", async (reason, ends) => {
    server.refuse = () => 403;
    const refused = vi.fn();
    const subject = coalescer({ refused, source: { address: () => "https://cdn.test/a.mp4", renew: () => Promise.reject(reason) } });
    await expect(read(subject, 0).bytes).rejects.toBe(reason);
    expect(refused).toHaveBeenCalledTimes(ends);
  });

  it("is not what a takedown is: 451 ends the read at once", async () => {
    server.refuse = () => 451;
    await expect(read(coalescer(), 0).bytes).rejects.toEqual(new Refused(451));
    expect(server.requests).toHaveLength(1);
  });
});

describe("a broken connection", () => {
  it("fails the read that waits; the next try begins at its fragment", async () => {
    server.eager = false;
    const subject = coalescer();
    const first = read(subject, 0);
    await settled();
    server.requests[0]!.send(SIZE);
    await first.bytes;
    const second = read(subject, 1);
    server.requests[0]!.break();
    await expect(second.bytes).rejects.toThrow("network error");
    const again = read(subject, 1);
    await settled();
    server.requests[1]!.send(SIZE);
    expect(new Uint8Array(await again.bytes)).toEqual(fragment(1));
    expect(server.requests[1]!.first).toBe(fragments.starts[1]);
  });

  it("that ends an answer early is a failure and not a short song", async () => {
    const cut = (async () => new Response(new Uint8Array(SIZE - 1), { status: 206 })) as typeof fetch;
    const subject = new Coalescer({
      fragments: new Map([["a.mp4", fragments]]),
      source: { address: () => "https://cdn.test/a.mp4", renew: async () => {} },
      fetch: cut,
    });
    await expect(subject.read("a.mp4", FIRST, FIRST + SIZE - 1, vi.fn()).bytes).rejects.toThrow("the answer ended at byte");
  });

  it("a server that ignores ranges is refused, or byte 0 would be taken for the fragment's", async () => {
    const whole = (async () => new Response(contentOf("a.mp4"), { status: 200 })) as typeof fetch;
    const subject = new Coalescer({
      fragments: new Map([["a.mp4", fragments]]),
      source: { address: () => "https://cdn.test/a.mp4", renew: async () => {} },
      fetch: whole,
    });
    await expect(subject.read("a.mp4", FIRST, FIRST + SIZE - 1, vi.fn()).bytes).rejects.toEqual(new Refused(200));
  });
});

describe("the bandwidth estimator", () => {
  it("hears of bytes through the read that waits, and directly while none does", async () => {
    server.eager = false;
    let now = 0;
    const idle = vi.fn();
    const progress = vi.fn();
    const subject = coalescer({ idle, now: () => now });
    const got = read(subject, 0, "aac160.mp4", progress);
    await settled();
    now = 200;
    server.requests[0]!.send(SIZE / 2);
    await settled();
    expect(progress).toHaveBeenCalledWith(200, SIZE / 2, SIZE / 2);
    now = 250;
    server.requests[0]!.send(SIZE / 2);
    await got.bytes;
    now = 400;
    server.requests[0]!.send(SIZE);
    await settled();
    expect(idle).toHaveBeenCalledWith(200, SIZE + SIZE / 2);
  });
});

describe("two players of one track", () => {
  it("do not end each other's requests", async () => {
    server.eager = false;
    const [one, other] = [coalescer(), coalescer()];
    read(one, 0);
    read(other, 30);
    await settled();
    expect(server.requests.map((r) => r.aborted)).toEqual([false, false]);
    one.close();
    await settled();
    expect(server.requests.map((r) => r.aborted)).toEqual([true, false]);
  });
});
