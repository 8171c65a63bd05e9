import type { Track } from "../api/types";

/** The track whose "more" was pressed; one sheet serves the whole page. */
class Sheet {
  track = $state.raw<Track | null>(null);
}

export const sheet = new Sheet();
