/** The system's own controls: lock screen, headset buttons, media keys. */

import { byline } from "../format";
import type { Art, Track } from "../api/types";
import type { Player } from "./player";

const SEEK_SECONDS = 10;

export function connectMediaKeys(player: Player, media: MediaSession | undefined = navigator.mediaSession): void {
  if (!media) return;
  const step = (by: number) => player.seek(player.view.position + by);
  const actions: Partial<Record<MediaSessionAction, MediaSessionActionHandler>> = {
    play: () => void player.resume(),
    pause: () => player.pause(),
    stop: () => void player.stop(),
    nexttrack: () => void player.next(),
    previoustrack: () => void player.previous(),
    seekbackward: (details) => step(-(details.seekOffset ?? SEEK_SECONDS)),
    seekforward: (details) => step(details.seekOffset ?? SEEK_SECONDS),
    seekto: (details) => {
      if (details.seekTime !== undefined) player.seek(details.seekTime);
    },
  };
  for (const [action, handler] of Object.entries(actions)) {
    try {
      media.setActionHandler(action as MediaSessionAction, handler);
    } catch {
      // A browser that does not know the action has no button for it.
    }
  }
}

export function showOnLockScreen(track: Track | null, media: MediaSession | undefined = navigator.mediaSession): void {
  if (!media) return;
  media.metadata = track
    ? new MediaMetadata({
        title: track.title,
        artist: byline(track.artists),
        album: track.album?.title ?? "",
        artwork: artwork(track.art),
      })
    : null;
}

export function showPosition(
  state: MediaSessionPlaybackState,
  duration: number,
  position: number,
  media: MediaSession | undefined = navigator.mediaSession,
): void {
  if (!media) return;
  media.playbackState = state;
  if (duration > 0) media.setPositionState?.({ duration, position: Math.min(position, duration), playbackRate: 1 });
}

function artwork(art: Art | null | undefined): MediaImage[] {
  return (art?.edges ?? []).map((edge) => ({
    src: `/art/${art!.key}/${edge}.webp`,
    sizes: `${edge}x${edge}`,
    type: "image/webp",
  }));
}
