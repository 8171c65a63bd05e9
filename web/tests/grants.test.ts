import { beforeEach, describe, expect, it, vi } from "vitest";
import { Problem } from "../src/lib/api/problem";
import type { PlaybackAnswer } from "../src/lib/api/types";
import { Grants } from "../src/lib/player/grants";
import { entriesOf } from "../src/lib/player/queue";
import { answer, grant, track } from "./builders";

const DEVICE = { id: "dev", name: "Chrome on Linux", kind: "web" };

let quality: string | undefined;

beforeEach(() => {
  quality = undefined;
});

function setup(respond: (path: string, body: { tracks: string[] }) => PlaybackAnswer | Problem = (_, body) => answer(body.tracks)) {
  const asked: { path: string; body: { tracks: string[]; take_over?: boolean } }[] = [];
  const clock = { now: Date.now() };
  const api = {
    post: vi.fn(async (path: string, body: unknown) => {
      asked.push({ path, body: body as { tracks: string[] } });
      const given = respond(path, body as { tracks: string[] });
      if (given instanceof Problem) throw given;
      return given;
    }),
    delete: vi.fn(async () => {}),
  };
  return { grants: new Grants({ api: api as never, device: DEVICE, quality: () => quality, now: () => clock.now }), asked, api, clock };
}

const queue = (...ids: string[]) => entriesOf(ids.map((id) => track(id)));

it("a queue of ten costs one request, and none when the track changes", async () => {
  const { grants, asked } = setup();
  const entries = queue("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k");
  await grants.take(entries[0]!, entries.slice(1));
  for (const entry of entries.slice(1, 10)) await grants.take(entry, []);
  expect(asked).toHaveLength(1);
  expect(asked[0]!.body.tracks).toHaveLength(10);
});

it("a grant is for one play: the same entry again asks again", async () => {
  const { grants, asked } = setup();
  const [entry] = queue("a");
  const one = await grants.take(entry!, []);
  const two = await grants.take(entry!, []);
  expect(one.play_id).not.toBe(two.play_id);
  expect(asked.map((a) => a.path)).toEqual(["/v1/playback", "/v1/playback/ses_1/grants"]);
});

it("a track that is in the queue twice is asked for once at a time", async () => {
  const { grants, asked } = setup();
  const entries = queue("a", "a", "b");
  await grants.take(entries[0]!, entries.slice(1));
  expect(asked[0]!.body.tracks).toEqual(["a", "b"]);
});

it("a grant about to end is not started with", async () => {
  const { grants, asked, clock } = setup();
  const entries = queue("a", "b");
  await grants.take(entries[0]!, entries.slice(1));
  clock.now += 3_590_000;
  await grants.take(entries[1]!, []);
  expect(asked).toHaveLength(2);
});

describe("a refusal", () => {
  it("of the track that was wanted is thrown, and nothing is kept", async () => {
    const { grants } = setup(() => new Problem(403, "plan-too-low"));
    const [entry] = queue("a");
    await expect(grants.take(entry!, [])).rejects.toMatchObject({ slug: "plan-too-low" });
    expect(grants.sessionId).toBeNull();
  });

  it("of a later track comes when its turn does, without a request", async () => {
    const { grants, asked } = setup((_, body) =>
      answer(body.tracks.filter((t) => t !== "b"), {
        refusals: [{ track_id: "b", problem: { type: "/problems/not-licensed-here", status: 403, territory: "DE" } }],
      }),
    );
    const [a, b] = queue("a", "b");
    await grants.take(a!, [b!]);
    await expect(grants.take(b!, [])).rejects.toMatchObject({ slug: "not-licensed-here", body: { territory: "DE" } });
    expect(asked).toHaveLength(1);
  });
});

describe("the session", () => {
  it("that has lapsed is replaced without asking it first", async () => {
    const { grants, asked, clock } = setup();
    await grants.take(queue("a")[0]!, []);
    clock.now += 61_000;
    await grants.take(queue("b")[0]!, []);
    expect(asked.map((a) => a.path)).toEqual(["/v1/playback", "/v1/playback"]);
  });

  it.each(["session-not-found", "session-ended"])("that answers %s is replaced", async (slug) => {
    const { grants, asked } = setup((path, body) => (path.endsWith("grants") ? new Problem(404, slug) : answer(body.tracks)));
    await grants.take(queue("a")[0]!, []);
    await grants.take(queue("b")[0]!, []);
    expect(asked.map((a) => a.path)).toEqual(["/v1/playback", "/v1/playback/ses_1/grants", "/v1/playback"]);
  });

  it("when it is another one, grants of the old are worth nothing", async () => {
    let n = 0;
    const { grants, asked } = setup((_, body) => answer(body.tracks, { session_id: `ses_${++n}` }));
    const entries = queue("a", "b", "c");
    await grants.take(entries[0]!, [entries[1]!]);
    await grants.take(entries[2]!, [], { takeOver: true });
    await grants.take(entries[1]!, []);
    expect(asked).toHaveLength(3);
    expect(grants.sessionId).toBe("ses_3");
  });

  it("taking over says so and asks for a new one even while one lives", async () => {
    const { grants, asked } = setup();
    const [entry] = queue("a");
    await grants.take(entry!, []);
    await grants.take(entry!, [], { takeOver: true });
    expect(asked[1]).toMatchObject({ path: "/v1/playback", body: { take_over: true } });
  });

  it("is ended when the page goes", async () => {
    const { grants, api } = setup();
    await grants.take(queue("a")[0]!, []);
    await grants.end();
    expect(api.delete).toHaveBeenCalledWith("/v1/playback/ses_1", { keepalive: true });
  });
});

it("a signature is renewed for the track alone", async () => {
  const { grants, asked } = setup();
  const first = await grants.take(queue("a")[0]!, []);
  const fresh = await grants.again(first);
  expect(fresh.track_id).toBe("a");
  expect(asked[1]).toEqual({ path: "/v1/playback/ses_1/grants", body: { tracks: ["a"] } });
});

it("less than the plan opens is asked for where the listener wants less, from the next grant on", async () => {
  const { grants, asked } = setup();
  const entries = queue("a", "b");
  await grants.take(entries[0]!, [entries[1]!]);
  quality = "free";
  grants.forget();
  await grants.take(entries[1]!, []);
  expect(asked.map((a) => a.body)).toMatchObject([{ tracks: ["a", "b"] }, { tracks: ["b"], quality: "free" }]);
  expect(asked[0]!.body).not.toHaveProperty("quality");
});

it("a grant without its track in the answer is a refusal, not a crash", async () => {
  const { grants } = setup(() => answer([], { grants: [grant("other")] }));
  await expect(grants.take(queue("a")[0]!, [])).rejects.toBeInstanceOf(Problem);
});
