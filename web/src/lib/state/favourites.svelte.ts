import { SvelteSet } from "svelte/reactivity";
import { music } from "../app";
import type { FavouriteType } from "../api/types";
import { notices } from "./notices.svelte";

/** Hearts on the page are right for this many of the newest; the rest shows on its own page. */
const MOST_PAGES = 5;

/** The listener's favourites, as far as the page has seen them; a press shows at once and is taken back if refused. */
class Favourites {
  #known = new SvelteSet<string>();

  has(type: FavouriteType, id: string): boolean {
    return this.#known.has(`${type}/${id}`);
  }

  async load(): Promise<void> {
    let cursor: string | undefined;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const answer = await music.favourites(cursor);
      for (const item of answer.items) this.#known.add(`${item.type}/${item.id}`);
      if (!answer.cursor) break;
      cursor = answer.cursor;
    }
  }

  forget(): void {
    this.#known.clear();
  }

  async toggle(type: FavouriteType, id: string): Promise<void> {
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

export const favourites = new Favourites();
