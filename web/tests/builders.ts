import type { Grant, PlaybackAnswer, Track } from "../src/lib/api/types";

export function track(id: string, more: Partial<Track> = {}): Track {
  return {
    id,
    title: `Song ${id}`,
    duration_ms: 200_000,
    artists: [{ id: "art_1", name: "Ada" }],
    album: { id: "alb_1", title: "One" },
    playable: true,
    ...more,
  };
}

let serial = 0;

export function grant(trackId: string, more: Partial<Grant> = {}): Grant {
  serial += 1;
  return {
    play_id: `ply_${serial}`,
    track_id: trackId,
    duration_ms: 200_000,
    resume_ms: 0,
    dash: "<MPD/>",
    media: { url: "https://music.test/media/ses_1.DE/v/", query: "Signature=s", expires_at: new Date(Date.now() + 3_600_000).toISOString() },
    drm: { clearkey: { licence_url: "https://music.test/v1/licences/clearkey" } },
    licence_token: "lt",
    loudness: null,
    ...more,
  };
}

export function answer(tracks: string[], more: Partial<PlaybackAnswer> = {}): PlaybackAnswer {
  return {
    session_id: "ses_1",
    expires_at: new Date(Date.now() + 60_000).toISOString(),
    grants: tracks.map((id) => grant(id)),
    refusals: [],
    ...more,
  };
}
