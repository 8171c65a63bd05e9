/** What tests and curious people may read of the running player, with `?debug` in the address. Read-only. */

import type { Player } from "./player/player";
import type { View } from "./player/view";

export function debugged(player: Player, view: View): object {
  return Object.freeze({
    get status() {
      return view.status;
    },
    get trouble() {
      return view.trouble?.error.message ?? null;
    },
    get stats() {
      const { audio, grant, position, rendition, renditions, bandwidth, coalescing, buffered, decodedBytes } = player.deck;
      return {
        playId: grant?.play_id ?? null,
        trackId: grant?.track_id ?? null,
        currentTime: position,
        paused: audio.paused,
        volume: audio.volume,
        buffered,
        decodedBytes,
        active: rendition?.id ?? null,
        renditions: renditions.map((r) => ({ id: r.id, codecs: r.codecs, bandwidth: r.bandwidth })),
        bandwidth,
        coalescing,
      };
    },
  });
}
