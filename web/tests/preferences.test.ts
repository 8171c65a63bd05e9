import { expect, it } from "vitest";
import { Preferences, SOUNDS, type Connection } from "../src/lib/state/preferences.svelte";

function store(): Storage {
  const kept = new Map<string, string>();
  return { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) } as Storage;
}

it("on a mobile network nothing lossless is asked for, unless the listener allowed it", () => {
  let network: Connection = { type: "wifi" };
  const preferences = new Preferences(store(), () => network);
  expect(preferences.wish).toBe(SOUNDS.best);
  network = { type: "cellular" };
  expect(preferences.wish).toBe(SOUNDS.lossy);
  preferences.allowLossless(true);
  expect(preferences.wish).toBe(SOUNDS.best);
});

it("a choice of less than lossless stays that choice on every network", () => {
  const preferences = new Preferences(store(), () => ({ type: "cellular" }));
  preferences.choose("saver");
  expect(preferences.wish).toBe(SOUNDS.saver);
});

it("a browser that saves data saves it here too", () => {
  expect(new Preferences(store(), () => ({ saveData: true })).wish).toBe(SOUNDS.saver);
});

it("a browser that says nothing of its network gets the best", () => {
  expect(new Preferences(store()).wish).toBe(SOUNDS.best);
});

it("what was chosen is there the next time", () => {
  const kept = store();
  const before = new Preferences(kept);
  expect([before.levelled, before.losslessAnywhere]).toEqual([true, false]);
  before.level(false);
  before.allowLossless(true);
  const after = new Preferences(kept);
  expect([after.levelled, after.losslessAnywhere]).toEqual([false, true]);
});
