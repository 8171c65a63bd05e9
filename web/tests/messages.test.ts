import { describe, expect, it } from "vitest";
import { explain, whyNot } from "../src/lib/api/messages";
import { Offline, problemOf } from "../src/lib/api/problem";
import { problemIn } from "../src/lib/player/shaka";

const of = (status: number, slug: string, more: object = {}, retryAfter: string | null = null) =>
  explain(problemOf(status, { type: `/problems/${slug}`, ...more }, retryAfter));

/** Every refusal that clients may rely on, docs/problems.md. */
const CONTRACT: [number, string, object][] = [
  [402, "subscription-required", {}],
  [403, "not-licensed-here", { territory: "DE" }],
  [403, "outside-licence-window", { opens: "2031-05-01T00:00:00Z" }],
  [403, "use-not-licensed", { use: "OnDemandStream" }],
  [403, "plan-too-low", { needs: "premium" }],
  [404, "album-not-found", {}],
  [409, "too-many-streams", { device: { id: "d", name: "Chrome on Linux", kind: "web" } }],
  [401, "passkey-refused", {}],
  [409, "too-many-passkeys", { most: 20 }],
  [410, "session-ended", {}],
  [422, "malformed-request", { errors: [{ at: "body.email", fault: "not an e-mail address" }] }],
  [429, "slow-down", {}],
  [451, "taken-down", {}],
  [503, "try-again", {}],
];

it.each(CONTRACT)("%i %s is told in words, not in codes", (status, slug, more) => {
  const { title, text } = of(status, slug, more);
  for (const words of [title, text]) {
    expect(words.length).toBeGreaterThan(3);
    expect(words).not.toContain(slug);
    expect(words).not.toMatch(/undefined|null|\[object|\/problems/);
  }
  expect(title).not.toBe("Something went wrong");
});

describe("what can be done about it", () => {
  it("too many streams: the device is named, and playing here is offered", () => {
    const message = of(409, "too-many-streams", { device: { name: "Kitchen" } });
    expect(message.text).toContain("on Kitchen");
    expect(message.remedy).toBe("play-here");
  });

  it("a plan too low: the plan is named", () => {
    expect(of(403, "plan-too-low", { needs: "hifi" })).toMatchObject({ text: "It comes with the HiFi plan.", remedy: "see-plans" });
  });

  it("a country: by its name", () => {
    expect(of(403, "not-licensed-here", { territory: "DE" }).text).toContain("Germany");
    expect(of(403, "not-licensed-here", { territory: "??" }).text).toContain("your country");
  });

  it("a window: when it opens", () => {
    expect(of(403, "outside-licence-window", { opens: "2031-05-01T00:00:00Z" }).text).toContain("1 May 2031");
  });

  it("throttling: for how long", () => {
    expect(of(429, "slow-down", {}, "45").text).toContain("in 45 seconds");
    expect(of(429, "slow-down", {}, "600").text).toContain("in 10 minutes");
  });

  it("a session that has ended: sign in", () => {
    expect(explain(problemOf(401, { message: "Unauthorized" })).remedy).toBe("sign-in");
  });

  it("no network: try again", () => {
    expect(explain(new Offline()).title).toBe("You are offline");
  });
});

it("an unknown refusal shows what the server said", () => {
  expect(of(409, "address-moved", { title: "Address moved", detail: "Look elsewhere." })).toEqual({ title: "Address moved", text: "Look elsewhere." });
});

it("a greyed track says why in a few words", () => {
  expect(whyNot(null)).toBe("Not available where you are");
  expect(whyNot("taken-down")).toBe("No longer available");
});

describe("what the player reports", () => {
  it("a refused licence is the licence server's refusal", () => {
    const inner = { code: 1001, data: ["https://x/v1/licences/clearkey", 403, JSON.stringify({ type: "/problems/plan-too-low", needs: "premium" })] };
    expect(problemIn({ code: 6007, data: [inner] })).toMatchObject({ slug: "plan-too-low" });
  });

  it("media taken down at the edge is a takedown", () => {
    expect(problemIn({ code: 1001, data: ["legato://s1/a.mp4", 451, ""] })).toMatchObject({ slug: "taken-down" });
  });

  it("media refused for good could not be played", () => {
    expect(problemIn({ code: 1001, data: ["legato://s1/a.mp4", 403, ""] })).toMatchObject({ slug: "cannot-play" });
  });

  it("a lost network is a lost network", () => {
    expect(problemIn({ code: 1002, data: [] })).toBeInstanceOf(Offline);
  });
});
