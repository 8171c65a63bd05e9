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
const LEVELLED = "legato.levelled";
const LOSSLESS_ANYWHERE = "legato.lossless-anywhere";

/** What the browser says of the network (Network Information API); nothing where it does not say. */
export interface Connection {
  type?: string;
  saveData?: boolean;
}

/** What this browser remembers of how its listener likes it. */
export class Preferences {
  sound = $state<Sound>("best");
  /** Tracks and albums are brought to one loudness. */
  levelled = $state(true);
  /** Lossless on a mobile network too. */
  losslessAnywhere = $state(false);
  readonly #store: Store;
  readonly #connection: () => Connection;

  constructor(store: Store, connection: () => Connection = () => ({})) {
    this.#store = store;
    this.#connection = connection;
    this.levelled = store.getItem(LEVELLED) !== "no";
    this.losslessAnywhere = store.getItem(LOSSLESS_ANYWHERE) === "yes";
    const kept = store.getItem(SOUND);
    if (kept && kept in SOUNDS) this.sound = kept as Sound;
  }

  choose(sound: Sound): void {
    this.sound = sound;
    this.#store.setItem(SOUND, sound);
  }

  level(levelled: boolean): void {
    this.levelled = levelled;
    this.#store.setItem(LEVELLED, levelled ? "yes" : "no");
  }

  allowLossless(anywhere: boolean): void {
    this.losslessAnywhere = anywhere;
    this.#store.setItem(LOSSLESS_ANYWHERE, anywhere ? "yes" : "no");
  }

  /** What to ask for now: on a metered network no lossless, unless the listener said so, and less where the browser saves. */
  get wish(): Wish {
    const { type, saveData } = this.#connection();
    if (saveData) return SOUNDS.saver;
    const metered = type === "cellular" && !this.losslessAnywhere;
    return this.sound === "best" && metered ? SOUNDS.lossy : SOUNDS[this.sound];
  }

  get volume(): number {
    const kept = Number.parseFloat(this.#store.getItem(VOLUME) ?? "");
    return kept >= 0 && kept <= 1 ? kept : 1;
  }

  set volume(position: number) {
    this.#store.setItem(VOLUME, String(position));
  }
}
