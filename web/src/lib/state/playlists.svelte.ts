import { music } from "../app";
import type { Playlist } from "../api/types";
import { uuid7 } from "../player/ids";

/** The listener's own playlists, for the list and for "add to playlist". */
class Playlists {
  list = $state.raw<Playlist[]>([]);
  #loading: Promise<void> | null = null;

  load(): Promise<void> {
    this.#loading ??= this.#all().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  forget(): void {
    this.list = [];
  }

  async create(title: string, tracks: string[] = []): Promise<Playlist> {
    const made = await music.createPlaylist(title, tracks, uuid7());
    this.list = [made, ...this.list];
    return made;
  }

  async add(playlist: Playlist, tracks: string[]): Promise<void> {
    await music.addToPlaylist(playlist.id, tracks, uuid7());
    this.list = this.list.map((p) => (p.id === playlist.id ? { ...p, track_count: p.track_count + tracks.length } : p));
  }

  changed(playlist: Playlist): void {
    this.list = this.list.map((p) => (p.id === playlist.id ? playlist : p));
  }

  removed(id: string): void {
    this.list = this.list.filter((p) => p.id !== id);
  }

  async #all(): Promise<void> {
    const found: Playlist[] = [];
    let cursor: string | undefined;
    do {
      const page = await music.playlists(cursor);
      found.push(...page.items);
      cursor = page.cursor ?? undefined;
    } while (cursor && found.length < 1000);
    this.list = found;
  }
}

export const playlists = new Playlists();
