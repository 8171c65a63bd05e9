/** What the API answers, as far as the app reads it. docs/openapi.json is the whole truth. */

export interface Page<T> {
  items: T[];
  cursor: string | null;
}

export interface ArtistRef {
  id: string;
  name: string;
  role?: string;
}

export interface Art {
  key: string;
  edges: number[];
  placeholder: string;
}

export interface Track {
  id: string;
  title: string;
  duration_ms: number;
  artists: ArtistRef[];
  album: { id: string; title: string } | null;
  playable: boolean;
  /** Problem slug that tells why not, where the track is not playable. */
  reason?: string | null;
  explicit?: boolean;
  disc?: number;
  position?: number;
  genre?: string;
  art?: Art | null;
}

export interface Album {
  id: string;
  title: string;
  artists: ArtistRef[];
  kind?: string;
  release_date?: string;
  genre?: string;
  label?: string;
  art?: Art | null;
}

export interface AlbumPage extends Album {
  tracks: Track[];
}

export interface Artist {
  id: string;
  name: string;
  art?: Art | null;
}

export interface ArtistPage extends Artist {
  albums: Album[];
}

export interface Genre {
  id: string;
  name: string;
}

export type Visibility = "public" | "unlisted" | "private";

export interface PlaylistRef {
  id: string;
  title: string;
}

export interface Playlist extends PlaylistRef {
  description: string;
  visibility: Visibility;
  owner_id: string;
  updated_at: string;
  track_count: number;
}

export interface PlaylistItem {
  item_id: string;
  track: Track;
  added_at: string;
}

export interface PlaylistPage extends Playlist {
  items: PlaylistItem[];
  cursor: string | null;
}

export type FavouriteType = "track" | "album" | "artist" | "playlist";

/** The thing itself stands under its type; null where it is no longer there. */
export interface Favourite {
  type: FavouriteType;
  id: string;
  track: Track | null;
  album: Album | null;
  artist: Artist | null;
  playlist: Playlist | null;
}

/** Where the listener was, on which device; nulls for one who never played. */
export interface Elsewhere {
  device: Device | null;
  track_id: string | null;
  position_ms: number | null;
  state: string | null;
}

export interface SearchAnswer {
  tracks: Track[];
  albums: Album[];
  artists: Artist[];
  playlists: PlaylistRef[];
}

export interface HistoryItem {
  play_id: string;
  track: Track;
  played_at: string;
  heard_ms: number;
  qualified: boolean;
}

export interface Me {
  id: string;
  email: string;
  display_name: string;
  plan?: string;
  roles?: string[];
}

export interface Passkey {
  id: string;
  name: string;
  /** Its owner's cloud keeps a copy. */
  synced: boolean;
  created_at: string;
  used_at: string | null;
}

export interface ProblemBody {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  [extension: string]: unknown;
}

export interface Device {
  id: string;
  name: string;
  kind: string;
}

export interface Grant {
  play_id: string;
  track_id: string;
  duration_ms: number;
  resume_ms: number;
  /** The MPD itself. */
  dash: string;
  media: { url: string; query: string; expires_at: string };
  drm: { clearkey?: { licence_url: string } };
  licence_token: string;
  loudness?: { integrated_lufs: number; true_peak_dbtp: number; gain_db: number } | null;
}

export interface PlaybackAnswer {
  session_id: string;
  expires_at: string;
  grants: Grant[];
  refusals: { track_id: string; problem: ProblemBody }[];
}

export type PlayEventType =
  | "play_started"
  | "play_progress"
  | "play_paused"
  | "play_resumed"
  | "play_seeked"
  | "play_stalled"
  | "play_ended"
  | "play_failed"
  | "quality_switched";

export interface PlayEvent {
  event_id: string;
  type: PlayEventType;
  play_id: string;
  track_id: string;
  session_id: string;
  at: string;
  position_ms: number;
  [more: string]: unknown;
}

export interface Ingest {
  ingest_id: string;
  file: string;
  state: string;
  reason?: string;
  track_id?: string;
  attempts: number;
  started_at: string;
  finished_at: string | null;
}

export interface Uploading {
  ingest_id: string;
  upload: { url: string; method: string; headers: Record<string, string> };
}

/** One line of the audit log. */
export interface Action {
  id: string;
  at: string;
  actor: string;
  action: string;
  target: string;
  before: Record<string, unknown>;
  after: Record<string, unknown>;
}

export interface Deal {
  territories: string[];
  excluded_territories: string[];
  models: string[];
  uses: string[];
  start: string;
  end: string | null;
  max_quality: string | null;
  label: string;
  distributor: string;
  splits: { payee: string; basis_points: number }[];
}

/** Whom the operator asks for: a country, a plan, a use, and a moment (RFC 3339) that is now unless it is told. */
export interface Asked {
  territory: string;
  plan: string;
  use: string;
  at?: string | undefined;
}

export interface RightsShown {
  deals: Deal[];
  source: string;
  takedown: { reason: string } | null;
  explanation: string;
}
