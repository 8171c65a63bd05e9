/** The next track, made ready: joined on to what is heard where it follows on the album, on the other deck where not. */

import type { Grant } from "../api/types";
import { AHEAD_SECONDS, type Deck, type LoadOptions } from "./deck";
import type { Grants } from "./grants";
import { albumGain } from "./loudness";
import * as queues from "./queue";
import type { Entry, Queue } from "./queue";

export interface Ready {
  deck: Deck;
  grant: Grant;
  /** Rejects where the track cannot be loaded. */
  loaded: Promise<void>;
}

/** What is heard, and what the next track may be made ready on. */
export interface Situation {
  queue: Queue;
  active: Deck;
  spare: Deck;
  options: () => LoadOptions;
  level: (deck: Deck, gain: number) => void;
}

interface Held {
  uid: string;
  /** Null until there is a grant, and where it failed. */
  ready: Ready | null;
}

/** So little below its goal the deck that is heard has what it needs. */
const SPARE_SECONDS = 5;

export class Standby {
  #held: Held | null = null;
  readonly #grants: Pick<Grants, "take" | "kept">;

  constructor(grants: Pick<Grants, "take" | "kept">) {
    this.#grants = grants;
  }

  /** Whether *entry* is on its way here. */
  holds(entry: Entry | null): boolean {
    return this.#held !== null && this.#held.uid === entry?.uid;
  }

  /** Get the next track ready as soon as the current one can spare the network; called again and again. */
  look({ queue, active, spare, options, level }: Situation): void {
    const next = queues.after(queue, "ended");
    const entry = next && queues.current(next);
    if (this.holds(entry)) return;
    const seconds = queues.joining(queue, next);
    if (this.#held || !seconds) {
      this.drop();
      active.cut();
    }
    if (!next || !entry?.track.playable || (!active.complete && active.buffered < AHEAD_SECONDS - SPARE_SECONDS)) return;
    const ready = this.prepare(entry, queues.following(queue), (grant) => {
      const more = queues.joining(next, queues.after(next, "ended"));
      if (seconds && active.join(grant, more)) return { deck: active, loaded: Promise.resolve() };
      active.cut();
      level(spare, albumGain([grant, ...this.#grants.kept(queues.run(next))]));
      return { deck: spare, loaded: spare.load(grant, { ...options(), more }) };
    });
    // Without it the track ends where it ends, and what then stands in the way is explained.
    void ready.then((done) => done || active.cut());
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
