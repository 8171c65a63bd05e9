import { SvelteSet } from "svelte/reactivity";
import { music } from "../app";
import type { Favourite } from "../api/music";
import { notices } from "./notices.svelte";

/** The listener's favourites, as far as the page has seen them; a press shows at once and is taken back if refused. */
class Favourites {
  #known = new SvelteSet<string>();

  has(type: Favourite, id: string): boolean {
    return this.#known.has(`${type}/${id}`);
  }

  async load(): Promise<void> {
    for (const type of ["track", "album", "artist"] as const) {
      const page = await music.favourites<unknown>(type);
      for (const item of page.items) this.#known.add(`${type}/${idOf(item)}`);
    }
  }

  forget(): void {
    this.#known.clear();
  }

  async toggle(type: Favourite, id: string): Promise<void> {
    const key = `${type}/${id}`;
    const had = this.#known.has(key);
    this.#set(key, !had);
    try {
      await (had ? music.unfavour(type, id) : music.favour(type, id));
    } catch (error) {
      this.#set(key, had);
      notices.trouble(error);
    }
  }

  #set(key: string, wanted: boolean): void {
    if (wanted) this.#known.add(key);
    else this.#known.delete(key);
  }
}

/** Items stand bare or wrapped in `{track}`, `{album}`, `{artist}`. */
export function inner<T extends { id: string }>(item: unknown): T {
  const record = item as Record<string, unknown>;
  return (record["track"] ?? record["album"] ?? record["artist"] ?? record) as T;
}

function idOf(item: unknown): string {
  return inner(item).id;
}

export const favourites = new Favourites();
