import { describe, expect, it, vi } from "vitest";
import { Offline } from "../src/lib/api/problem";
import { Session, type Store } from "../src/lib/api/session";

function store(): Store & { all: Map<string, string> } {
  const all = new Map<string, string>();
  return {
    all,
    getItem: (key) => all.get(key) ?? null,
    setItem: (key, value) => void all.set(key, value),
    removeItem: (key) => void all.delete(key),
  };
}

function setup(answers: (body: Record<string, unknown>, path: string) => Response | Promise<Response>) {
  const lasting = store();
  const tab = store();
  const clock = { now: 0 };
  const asked: Record<string, unknown>[] = [];
  const network = vi.fn(async (path: RequestInfo | URL, init?: RequestInit) => {
    const body = JSON.parse(String(init?.body)) as Record<string, unknown>;
    asked.push(body);
    return answers(body, String(path));
  }) as unknown as typeof fetch;
  return { session: new Session({ fetch: network, lasting, tab, now: () => clock.now }), lasting, tab, clock, asked };
}

let serial = 0;
const tokens = (more: object = {}) => Response.json({ access_token: `a${++serial}`, expires_in: 600, refresh_token: null, ...more });
const refused = (status: number) => Response.json({ type: "/problems/refresh-token-refused", status }, { status });

describe("where the server keeps the refresh token in a cookie", () => {
  it("nothing secret is stored where scripts can read it", async () => {
    const { session, lasting, tab, asked } = setup(() => tokens());
    await session.signIn("a@example.org", "correct horse");
    expect(asked[0]).toMatchObject({ grant_type: "password", cookie: true });
    expect([...lasting.all.values(), ...tab.all.values()].join()).not.toMatch(/a\d|horse/);
  });

  it("a reload picks the session up with the cookie alone", async () => {
    const { session, lasting, asked } = setup(() => tokens());
    lasting.setItem("legato.signed-in", "1");
    expect(await session.access()).toMatch(/^a\d+$/);
    expect(asked).toEqual([{ grant_type: "refresh_token", cookie: true }]);
  });

  it("nobody is asked where nobody was signed in", async () => {
    const { session, asked } = setup(() => tokens());
    expect(await session.access()).toBeNull();
    expect(asked).toEqual([]);
  });
});

describe("a passkey", () => {
  const question = { public_key: { challenge: "abc", rpId: "example.org" } };

  it("signs what the server asks, and no address is sent", async () => {
    const { session, asked } = setup((_, path) => (path.endsWith("/passkeys/challenge") ? Response.json(question) : tokens()));
    const show = vi.fn(async () => ({ id: "pk" }));
    await session.signInByPasskey(show);
    expect(show).toHaveBeenCalledWith(question.public_key);
    expect(asked).toEqual([{}, { grant_type: "passkey", credential: { id: "pk" }, cookie: true, device_name: "" }]);
    expect(await session.access()).toMatch(/^a\d+$/);
  });

  it("that its owner does not show signs nobody in", async () => {
    const { session, asked } = setup(() => Response.json(question));
    const declined = new DOMException("no", "NotAllowedError");
    await expect(session.signInByPasskey(() => Promise.reject(declined))).rejects.toBe(declined);
    expect(asked).toHaveLength(1);
    expect(session.expected).toBe(false);
  });
});

describe("where the server answers with the refresh token", () => {
  it("it is kept for this tab and sent when it is needed", async () => {
    const { session, tab, clock, asked } = setup(() => tokens({ refresh_token: "r1" }));
    await session.signIn("a@example.org", "correct horse");
    expect([...tab.all.values()]).toEqual(["r1"]);
    clock.now = 10_000_000;
    await session.access();
    expect(asked[1]).toMatchObject({ grant_type: "refresh_token", refresh_token: "r1" });
  });
});

describe("an access token", () => {
  it("is renewed before it ends, and once for all who ask", async () => {
    const { session, clock, asked } = setup(() => tokens());
    await session.signIn("a@example.org", "correct horse");
    const first = await session.access();
    clock.now = 571_000;
    const [one, two] = await Promise.all([session.access(), session.access()]);
    expect(one).toBe(two);
    expect(one).not.toBe(first);
    expect(asked).toHaveLength(2);
  });

  it("that was refused late is not renewed twice", async () => {
    const { session, asked } = setup(() => tokens());
    await session.signIn("a@example.org", "correct horse");
    const stale = (await session.access())!;
    const fresh = await session.renew(stale);
    expect(await session.renew(stale)).toBe(fresh);
    expect(asked).toHaveLength(2);
  });
});

describe("a renewal", () => {
  it("that is refused ends the session and says so", async () => {
    const { session, lasting } = setup(() => refused(401));
    lasting.setItem("legato.signed-in", "1");
    session.onEnded = vi.fn();
    expect(await session.access()).toBeNull();
    expect(session.onEnded).toHaveBeenCalledOnce();
    expect(session.expected).toBe(false);
  });

  it.each([429, 503])("that is answered %i does not sign anybody out", async (status) => {
    const { session, lasting } = setup(() => refused(status));
    lasting.setItem("legato.signed-in", "1");
    await expect(session.access()).rejects.toMatchObject({ status });
    expect(session.expected).toBe(true);
  });

  it("without a network does not sign anybody out", async () => {
    const { session, lasting } = setup(() => Promise.reject(new TypeError("failed to fetch")));
    lasting.setItem("legato.signed-in", "1");
    await expect(session.access()).rejects.toBeInstanceOf(Offline);
    expect(session.expected).toBe(true);
  });
});

it("signing out forgets here even if the server cannot be told", async () => {
  const { session } = setup((_, path) => (path.endsWith("revoke") ? Promise.reject(new TypeError()) : tokens()));
  await session.signIn("a@example.org", "correct horse");
  await session.signOut();
  expect(await session.access()).toBeNull();
});
