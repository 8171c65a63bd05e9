import { describe, expect, it, vi } from "vitest";
import { Client } from "../src/lib/api/client";
import { Offline, Problem } from "../src/lib/api/problem";

function setup(...answers: (Response | Error)[]) {
  const calls: { url: string; init: RequestInit }[] = [];
  const waits: number[] = [];
  const network = (async (url: RequestInfo | URL, init: RequestInit = {}) => {
    calls.push({ url: String(url), init });
    const answer = answers.shift() ?? Response.json({});
    if (answer instanceof Error) throw answer;
    return answer;
  }) as typeof fetch;
  const session = { access: vi.fn(async () => "t1" as string | null), renew: vi.fn(async () => "t2" as string | null) };
  const client = new Client({ session, fetch: network, sleep: async (ms) => void waits.push(ms) });
  return { client, calls, waits, session };
}

const problem = (status: number, slug: string, more: object = {}, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify({ type: `/problems/${slug}`, status, ...more }), { status, headers });
const bearer = (init: RequestInit) => new Headers(init.headers).get("Authorization");

it("public reads carry no token, so that the CDN may keep them", async () => {
  const { client, calls, session } = setup(Response.json({ items: [] }));
  await client.get("/v1/albums", { query: { sort: "new", cursor: undefined, genre: "" } });
  expect(calls[0]!.url).toBe("/v1/albums?sort=new");
  expect(bearer(calls[0]!.init)).toBeNull();
  expect(session.access).not.toHaveBeenCalled();
});

it("a guarded call without a session is refused before it is made", async () => {
  const { client, calls, session } = setup();
  session.access.mockResolvedValue(null);
  await expect(client.post("/v1/playback", {})).rejects.toMatchObject({ status: 401 });
  expect(calls).toHaveLength(0);
});

it("a refused token is renewed once, and the call made again", async () => {
  const { client, calls } = setup(Response.json({ message: "Unauthorized" }, { status: 401 }), Response.json({ id: "usr_1" }));
  expect(await client.get("/v1/me", { guarded: true })).toEqual({ id: "usr_1" });
  expect(calls.map((c) => bearer(c.init))).toEqual(["Bearer t1", "Bearer t2"]);
});

it("a token that is refused twice is an end", async () => {
  const no = () => Response.json({ message: "Unauthorized" }, { status: 401 });
  const { client, calls } = setup(no(), no());
  await expect(client.get("/v1/me", { guarded: true })).rejects.toMatchObject({ status: 401, slug: "unauthenticated" });
  expect(calls).toHaveLength(2);
});

it("a wrong password, shown once more by somebody signed in, is sent once", async () => {
  const { client, calls, session } = setup(problem(401, "wrong-credentials"));
  await expect(client.post("/v1/me/passkeys/challenge", {})).rejects.toMatchObject({ slug: "wrong-credentials" });
  expect(calls).toHaveLength(1);
  expect(session.renew).not.toHaveBeenCalled();
});

describe("refusals", () => {
  it("keep what the problem says", async () => {
    const { client } = setup(problem(409, "too-many-streams", { device: { name: "Kitchen" } }));
    const refusal = await client.post("/v1/playback", {}).catch((e: unknown) => e);
    expect(refusal).toBeInstanceOf(Problem);
    expect(refusal).toMatchObject({ slug: "too-many-streams", body: { device: { name: "Kitchen" } } });
  });

  it("of the gateway are told by their status", async () => {
    const { client } = setup(Response.json({ message: "Too Many Requests" }, { status: 429 }));
    await expect(client.post("/v1/events", {})).rejects.toMatchObject({ slug: "slow-down" });
  });

  it("that are no JSON at all are refusals still", async () => {
    const { client } = setup(new Response("<html>", { status: 502 }));
    await expect(client.post("/v1/events", {})).rejects.toMatchObject({ status: 502, slug: "internal-error" });
  });
});

describe("trying again", () => {
  it("a read waits as long as the server says", async () => {
    const { client, waits } = setup(problem(503, "try-again", {}, { "Retry-After": "2" }), Response.json({ ok: 1 }));
    expect(await client.get("/v1/albums")).toEqual({ ok: 1 });
    expect(waits).toEqual([2000]);
  });

  it("a read is not kept waiting for minutes", async () => {
    const { client, calls } = setup(problem(429, "slow-down", {}, { "Retry-After": "600" }));
    await expect(client.get("/v1/albums")).rejects.toMatchObject({ retryAfterSeconds: 600 });
    expect(calls).toHaveLength(1);
  });

  it("a read survives two lost connections, not three", async () => {
    const lost = () => new TypeError("failed to fetch");
    const good = setup(lost(), lost(), Response.json({ ok: 1 }));
    expect(await good.client.get("/v1/albums")).toEqual({ ok: 1 });
    const bad = setup(lost(), lost(), lost());
    await expect(bad.client.get("/v1/albums")).rejects.toBeInstanceOf(Offline);
  });

  it("a write is never repeated by the client", async () => {
    const { client, calls } = setup(problem(503, "try-again"));
    await expect(client.post("/v1/playlists", {})).rejects.toMatchObject({ status: 503 });
    expect(calls).toHaveLength(1);
  });

  it("nothing is tried again for somebody who has gone on typing", async () => {
    const control = new AbortController();
    const { client, calls } = setup(new DOMException("gone", "AbortError"));
    control.abort();
    await expect(client.get("/v1/search", { signal: control.signal })).rejects.toMatchObject({ name: "AbortError" });
    expect(calls).toHaveLength(1);
  });
});
