import { beforeEach, expect, it } from "vitest";
import { adaptation, SAFE_SECONDS } from "../src/lib/player/adaptation";

type Switch = (variant: { bandwidth: number }, clear?: boolean, margin?: number) => void;

/** shaka's manager as far as it is wrapped: a test says what it chooses. */
class Manager {
  choose: Switch = () => {};
  told: [number, number, boolean][] = [];
  init(switchTo: Switch): void {
    this.choose = switchTo;
  }
  segmentDownloaded(ms: number, bytes: number, allowed: boolean): void {
    this.told.push([ms, bytes, allowed]);
  }
  trySuggestStreams(): void {}
}

let loaded: number;
let switched: unknown[][];
let manager: Manager;

beforeEach(() => {
  loaded = 0;
  switched = [];
  const library = { abr: { SimpleAbrManager: Manager } } as never;
  const { manager: made, direct } = adaptation(
    library,
    () => loaded,
    (bandwidth) => (loaded = bandwidth),
  );
  manager = made as unknown as Manager;
  manager.init((...all) => switched.push(all));
  direct(120, 4000);
});

it("the first rendition replaces nothing", () => {
  manager.choose({ bandwidth: 50_000 });
  expect(switched).toEqual([[{ bandwidth: 50_000 }, false, 0]]);
});

it("a much better one replaces what is loaded, but for the seconds that keep it safe", () => {
  manager.choose({ bandwidth: 50_000 });
  manager.choose({ bandwidth: 330_000 });
  expect(switched.at(-1)).toEqual([{ bandwidth: 330_000 }, true, SAFE_SECONDS]);
});

it("a poorer one replaces nothing: what is loaded is better and is there", () => {
  manager.choose({ bandwidth: 330_000 });
  manager.choose({ bandwidth: 50_000 });
  expect(switched.at(-1)).toEqual([{ bandwidth: 50_000 }, false, 0]);
});

it("one that is hardly better is not worth loading twice", () => {
  manager.choose({ bandwidth: 100_000 });
  manager.choose({ bandwidth: 140_000 });
  expect(switched.at(-1)).toEqual([{ bandwidth: 140_000 }, false, 0]);
});

it("bytes that no read waits for reach the estimator", () => {
  expect(manager.told).toEqual([[120, 4000, true]]);
});
