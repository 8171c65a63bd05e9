/** This browser, as the listener's other devices will read its name. */

import type { Store } from "../api/session";
import type { Device } from "../api/types";
import { uuid7 } from "./ids";

const KEY = "legato.device";

export function thisDevice(store: Store, agent: string = navigator.userAgent): Device {
  let id = store.getItem(KEY);
  if (!id) {
    id = uuid7();
    store.setItem(KEY, id);
  }
  return { id, name: nameOf(agent), kind: "web" };
}

/** Chromium's relatives name each other, so the order counts. */
const BROWSERS: [RegExp, string][] = [
  [/Edg\//, "Edge"],
  [/OPR\//, "Opera"],
  [/Firefox\//, "Firefox"],
  [/Chrom(e|ium)\//, "Chrome"],
  [/Safari\//, "Safari"],
];
const SYSTEMS: [RegExp, string][] = [
  [/iPhone|iPad/, "iOS"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Mac OS/, "macOS"],
  [/Linux/, "Linux"],
];

export function nameOf(agent: string): string {
  const of = (names: [RegExp, string][]) => names.find(([pattern]) => pattern.test(agent))?.[1];
  return `${of(BROWSERS) ?? "Browser"}${of(SYSTEMS) ? ` on ${of(SYSTEMS)}` : ""}`;
}
