import type { Rendition } from "../player/manifest";
import { EMPTY, type Entry, type Queue } from "../player/queue";
import type { Status, View } from "../player/view";

/** The player's view as runes: what the player writes, the page shows. */
export class LiveView implements View {
  status = $state<Status>("idle");
  queue = $state.raw<Queue>(EMPTY);
  position = $state(0);
  duration = $state(0);
  quality = $state.raw<Rendition | null>(null);
  volume = $state(1);
  muted = $state(false);
  trouble = $state.raw<{ error: Error; entry: Entry } | null>(null);

  get entry(): Entry | null {
    return this.queue.entries[this.queue.at] ?? null;
  }
}
