/** The next track, made ready on the deck that is not heard. */

import type { Grant } from "../api/types";
import type { Deck } from "./deck";
import type { Grants } from "./grants";
import type { Entry } from "./queue";

export interface Ready {
  deck: Deck;
  grant: Grant;
  /** Rejects where the track cannot be loaded. */
  loaded: Promise<void>;
}

interface Held {
  uid: string;
  /** Null until there is a grant, and where it failed. */
  ready: Ready | null;
}

export class Standby {
  #held: Held | null = null;
  readonly #grants: Pick<Grants, "take">;

  constructor(grants: Pick<Grants, "take">) {
    this.#grants = grants;
  }

  /** Whether *entry* is on its way here. */
  holds(entry: Entry | null): boolean {
    return this.#held !== null && this.#held.uid === entry?.uid;
  }

  /** Whether anything is on its way here. */
  get busy(): boolean {
    return this.#held !== null;
  }

  drop(): void {
    this.#held = null;
  }

  /** What was made ready for *entry*, if anything was; it is nobody else's from now on. */
  claim(entry: Entry): Ready | null {
    const held = this.#held;
    this.#held = null;
    return held?.uid === entry.uid ? held.ready : null;
  }

  /** A deck that failed on its own is of no use. */
  failed(deck: Deck): void {
    if (this.#held?.ready?.deck === deck) this.#held = null;
  }

  /** Get *entry* ready; *place* puts its grant on a deck. False where that failed. */
  async prepare(entry: Entry, following: readonly Entry[], place: (grant: Grant) => Omit<Ready, "grant">): Promise<boolean> {
    const held: Held = { uid: entry.uid, ready: null };
    this.#held = held;
    try {
      const grant = await this.#grants.take(entry, following);
      if (this.#held !== held) return true;
      held.ready = { grant, ...place(grant) };
      await held.ready.loaded;
      return true;
    } catch {
      // It is asked for again, and explained, when its turn has come.
      held.ready = null;
      return this.#held !== held;
    }
  }
}
