import type { Store } from "../api/session";

export type Sound = "best" | "lossy" | "saver";

interface Wish {
  name: string;
  text: string;
  /** The tier to ask for, where less than the plan's is wanted. */
  quality?: "free" | "premium";
  /** Bits per second never to pass. */
  limit: number;
}

export const SOUNDS: Record<Sound, Wish> = {
  best: { name: "Best", text: "The best that your plan and the network carry", limit: Number.POSITIVE_INFINITY },
  lossy: { name: "High", text: "Up to 320 kbit/s, a quarter of the data of lossless", quality: "premium", limit: Number.POSITIVE_INFINITY },
  // The file of a rendition is a little heavier than its name.
  saver: { name: "Data saver", text: "Up to 96 kbit/s, about 43 MB an hour", quality: "free", limit: 112_000 },
};

const SOUND = "legato.sound";
const VOLUME = "legato.volume";

/** What this browser remembers of how its listener likes it. */
export class Preferences {
  sound = $state<Sound>("best");
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
    const kept = store.getItem(SOUND);
    if (kept && kept in SOUNDS) this.sound = kept as Sound;
  }

  choose(sound: Sound): void {
    this.sound = sound;
    this.#store.setItem(SOUND, sound);
  }

  get wish(): Wish {
    return SOUNDS[this.sound];
  }

  get volume(): number {
    const kept = Number.parseFloat(this.#store.getItem(VOLUME) ?? "");
    return kept >= 0 && kept <= 1 ? kept : 1;
  }

  set volume(position: number) {
    this.#store.setItem(VOLUME, String(position));
  }
}
