import type { Rendition } from "./manifest";
import type { Entry, Queue } from "./queue";

export type Status = "idle" | "loading" | "playing" | "paused" | "stalled";

/** What the page shows; written by the player alone. */
export interface View {
  status: Status;
  queue: Queue;
  /** Seconds. */
  position: number;
  duration: number;
  quality: Rendition | null;
  /** 0..1, where the control stands. */
  volume: number;
  muted: boolean;
  /** Why it does not play; null while nothing is wrong. */
  trouble: { error: Error; entry: Entry } | null;
}
