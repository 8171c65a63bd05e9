/** The routes of the catalogue, the search and the listener's library, by name. */

import type { Client } from "./client";
import type {
  Album,
  AlbumPage,
  Artist,
  ArtistPage,
  Elsewhere,
  Favourite,
  FavouriteType,
  Genre,
  HistoryItem,
  Me,
  Page,
  Playlist,
  PlaylistItem,
  PlaylistPage,
  SearchAnswer,
  Track,
} from "./types";

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

  favourites(cursor?: string): Promise<Page<Favourite>> {
    return this.#api.get("/v1/me/favorites", { query: { cursor, limit: 100 }, guarded: true });
  }

  favour(type: FavouriteType, id: string): Promise<void> {
    return this.#api.put(`/v1/me/favorites/${type}/${encodeURIComponent(id)}`, {});
  }

  unfavour(type: FavouriteType, id: string): Promise<void> {
    return this.#api.delete(`/v1/me/favorites/${type}/${encodeURIComponent(id)}`);
  }

  track(id: string): Promise<Track> {
    return this.#api.get(`/v1/tracks/${encodeURIComponent(id)}`);
  }

  elsewhere(): Promise<Elsewhere> {
    return this.#api.get("/v1/me/player", { guarded: true });
  }

  playlists(cursor?: string): Promise<Page<Playlist>> {
    return this.#api.get("/v1/me/playlists", { query: { cursor, limit: 100 }, guarded: true });
  }

  /** *own*: as its owner sees it; anybody else sees public and unlisted ones. */
  playlist(id: string, own: boolean, cursor?: string): Promise<PlaylistPage> {
    const path = own ? "/v1/me/playlists" : "/v1/playlists";
    return this.#api.get(`${path}/${encodeURIComponent(id)}`, { query: { cursor }, guarded: own });
  }

  /** *key* makes a repeated request the same request. */
  createPlaylist(title: string, tracks: string[], key: string): Promise<PlaylistPage> {
    return this.#api.post("/v1/playlists", { title, tracks }, { headers: { "Idempotency-Key": key } });
  }

  changePlaylist(id: string, change: Partial<Pick<Playlist, "title" | "description" | "visibility">>): Promise<Playlist> {
    return this.#api.patch(`/v1/playlists/${encodeURIComponent(id)}`, change);
  }

  deletePlaylist(id: string): Promise<void> {
    return this.#api.delete(`/v1/playlists/${encodeURIComponent(id)}`);
  }

  addToPlaylist(id: string, tracks: string[], key: string): Promise<{ items: PlaylistItem[] }> {
    return this.#api.post(`/v1/playlists/${encodeURIComponent(id)}/items`, { tracks }, { headers: { "Idempotency-Key": key } });
  }

  movePlaylistItem(id: string, itemId: string, position: number): Promise<void> {
    return this.#api.patch(`/v1/playlists/${encodeURIComponent(id)}/items/${encodeURIComponent(itemId)}`, { position });
  }

  removePlaylistItem(id: string, itemId: string): Promise<void> {
    return this.#api.delete(`/v1/playlists/${encodeURIComponent(id)}/items/${encodeURIComponent(itemId)}`);
  }
}
