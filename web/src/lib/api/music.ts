/** The routes of the catalogue, the search and the listener's library, by name. */

import type { Client } from "./client";
import type {
  Album,
  AlbumPage,
  Artist,
  ArtistPage,
  Genre,
  HistoryItem,
  Me,
  Page,
  SearchAnswer,
  Track,
} from "./types";

export type Favourite = "track" | "album" | "artist";

export class Music {
  readonly #api: Client;

  constructor(api: Client) {
    this.#api = api;
  }

  albums(query: { sort?: "new" | "title" | "popular"; genre?: string | undefined; cursor?: string | undefined; limit?: number } = {}): Promise<Page<Album>> {
    return this.#api.get("/v1/albums", { query });
  }

  album(id: string): Promise<AlbumPage> {
    return this.#api.get(`/v1/albums/${encodeURIComponent(id)}`);
  }

  artist(id: string): Promise<ArtistPage> {
    return this.#api.get(`/v1/artists/${encodeURIComponent(id)}`);
  }

  artists(query: { cursor?: string | undefined } = {}): Promise<Page<Artist>> {
    return this.#api.get("/v1/artists", { query });
  }

  async genres(): Promise<Genre[]> {
    return (await this.#api.get<Page<Genre>>("/v1/genres")).items;
  }

  chart(): Promise<Page<Track>> {
    return this.#api.get("/v1/charts", { query: { limit: 10 } });
  }

  search(q: string, signal: AbortSignal): Promise<SearchAnswer> {
    return this.#api.get("/v1/search", { query: { q, limit: 12 }, signal });
  }

  me(): Promise<Me> {
    return this.#api.get("/v1/me", { guarded: true });
  }

  history(cursor?: string): Promise<Page<HistoryItem>> {
    return this.#api.get("/v1/me/history", { query: { cursor }, guarded: true });
  }

  favourites<T = Track>(type: Favourite, cursor?: string): Promise<Page<T>> {
    return this.#api.get("/v1/me/favorites", { query: { type, cursor }, guarded: true });
  }

  favour(type: Favourite, id: string): Promise<void> {
    return this.#api.put(`/v1/me/favorites/${type}/${encodeURIComponent(id)}`, {});
  }

  unfavour(type: Favourite, id: string): Promise<void> {
    return this.#api.delete(`/v1/me/favorites/${type}/${encodeURIComponent(id)}`);
  }
}
