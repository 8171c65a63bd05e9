/** What plays now and next, and in which order. Pure: every change is a new queue. */

import type { Track } from "../api/types";

export type Repeat = "off" | "all" | "one";

/** A track's place in the queue; the same track may have several. */
export interface Entry {
  uid: string;
  track: Track;
}

export interface Queue {
  readonly entries: readonly Entry[];
  /** Index of the current entry; -1 while the queue is empty. */
  readonly at: number;
  readonly repeat: Repeat;
  /** The order before shuffling, as uids; null while not shuffled. */
  readonly unshuffled: readonly string[] | null;
}

export const EMPTY: Queue = { entries: [], at: -1, repeat: "off", unshuffled: null };

let serial = 0;

export function entriesOf(tracks: readonly Track[]): Entry[] {
  return tracks.map((track) => ({ uid: `e${++serial}`, track }));
}

export function current(queue: Queue): Entry | null {
  return queue.entries[queue.at] ?? null;
}

export function upcoming(queue: Queue): readonly Entry[] {
  return queue.entries.slice(queue.at + 1);
}

/** A new queue of *entries*, standing at *at*; order and repetition stay as the listener set them. */
export function start(queue: Queue, entries: readonly Entry[], at: number, random: () => number = Math.random): Queue {
  const fresh: Queue = { entries, at, repeat: queue.repeat, unshuffled: null };
  return queue.unshuffled ? shuffle(fresh, random) : fresh;
}

export function append(queue: Queue, entries: readonly Entry[]): Queue {
  return insert(queue, queue.entries.length, entries);
}

export function playNext(queue: Queue, entries: readonly Entry[]): Queue {
  return insert(queue, queue.at + 1, entries);
}

function insert(queue: Queue, index: number, entries: readonly Entry[]): Queue {
  return {
    ...queue,
    entries: queue.entries.toSpliced(index, 0, ...entries),
    at: queue.at < 0 && entries.length ? 0 : queue.at,
    unshuffled: queue.unshuffled && [...queue.unshuffled, ...entries.map((e) => e.uid)],
  };
}

export function remove(queue: Queue, uid: string): Queue {
  const index = queue.entries.findIndex((e) => e.uid === uid);
  if (index < 0) return queue;
  const entries = queue.entries.toSpliced(index, 1);
  const at = index < queue.at ? queue.at - 1 : Math.min(queue.at, entries.length - 1);
  return { ...queue, entries, at, unshuffled: queue.unshuffled?.filter((u) => u !== uid) ?? null };
}

/** Move an entry to *index*; what plays keeps playing. */
export function move(queue: Queue, uid: string, index: number): Queue {
  const from = queue.entries.findIndex((e) => e.uid === uid);
  const to = Math.max(0, Math.min(index, queue.entries.length - 1));
  if (from < 0 || from === to) return queue;
  const playing = current(queue)?.uid;
  const entries = queue.entries.toSpliced(from, 1).toSpliced(to, 0, queue.entries[from]!);
  return { ...queue, entries, at: entries.findIndex((e) => e.uid === playing) };
}

export function jump(queue: Queue, uid: string): Queue {
  const at = queue.entries.findIndex((e) => e.uid === uid);
  return at < 0 ? queue : { ...queue, at };
}

/** Empty all that is still to come. */
export function clearUpcoming(queue: Queue): Queue {
  const entries = queue.entries.slice(0, queue.at + 1);
  return { ...queue, entries, unshuffled: queue.unshuffled?.filter((u) => entries.some((e) => e.uid === u)) ?? null };
}

/** Whether *next* is the track that follows *before* on its album: they may be one piece of music. */
export function consecutive(before: Track, next: Track): boolean {
  if (!before.album || before.album.id !== next.album?.id) return false;
  const [disc, following] = [before.disc ?? 1, next.disc ?? 1];
  if (disc === following) return next.position === (before.position ?? Number.NaN) + 1;
  return following === disc + 1 && next.position === 1;
}

/** The entries that follow the current one as its album does. */
export function run(queue: Queue): Entry[] {
  const following: Entry[] = [];
  let before = current(queue);
  for (const entry of upcoming(queue)) {
    if (!before || !consecutive(before.track, entry.track)) break;
    following.push((before = entry));
  }
  return following;
}

/** Seconds of *next*'s current track where it follows *queue*'s as the album does; 0 where not. */
export function joining(queue: Queue | null, next: Queue | null): number {
  const [entry, following] = [queue && current(queue), next && current(next)];
  if (!entry || !following?.track.playable || !consecutive(entry.track, following.track)) return 0;
  return following.track.duration_ms / 1000;
}

/** Those of the entries to come that are worth asking for with the current one. */
export function following(queue: Queue): Entry[] {
  return upcoming(queue).filter((entry) => entry.track.playable).slice(0, 9);
}

/** Where playing goes on. *ended*: by itself, where "repeat one" counts; otherwise because the listener asked. */
export function after(queue: Queue, how: "ended" | "asked"): Queue | null {
  if (how === "ended" && queue.repeat === "one") return queue;
  if (queue.at + 1 < queue.entries.length) return { ...queue, at: queue.at + 1 };
  return queue.repeat === "all" && queue.entries.length ? { ...queue, at: 0 } : null;
}

export function before(queue: Queue): Queue | null {
  if (queue.at > 0) return { ...queue, at: queue.at - 1 };
  return queue.repeat === "all" && queue.entries.length ? { ...queue, at: queue.entries.length - 1 } : null;
}

/** The current entry first, the others in random order (Fisher and Yates). */
export function shuffle(queue: Queue, random: () => number = Math.random): Queue {
  const first = current(queue);
  const rest = queue.entries.filter((e) => e !== first);
  for (let i = rest.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [rest[i], rest[j]] = [rest[j]!, rest[i]!];
  }
  const entries = first ? [first, ...rest] : rest;
  return { ...queue, entries, at: first ? 0 : -1, unshuffled: queue.unshuffled ?? queue.entries.map((e) => e.uid) };
}

export function unshuffle(queue: Queue): Queue {
  if (!queue.unshuffled) return queue;
  const playing = current(queue)?.uid;
  const place = new Map(queue.unshuffled.map((uid, i) => [uid, i]));
  const entries = queue.entries.toSorted((a, b) => (place.get(a.uid) ?? 0) - (place.get(b.uid) ?? 0));
  return { ...queue, entries, at: entries.findIndex((e) => e.uid === playing), unshuffled: null };
}

export function toggleShuffle(queue: Queue): Queue {
  return queue.unshuffled ? unshuffle(queue) : shuffle(queue);
}

export function turnRepeat(queue: Queue): Queue {
  const next: Record<Repeat, Repeat> = { off: "all", all: "one", one: "off" };
  return { ...queue, repeat: next[queue.repeat] };
}
