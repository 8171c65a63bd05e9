/** How loud a track plays: the listener's volume, and the gain that brings tracks to one loudness. */

/** Position of the volume control (0..1) to amplitude: hearing is closer to its square. */
export function amplitude(position: number): number {
  return Math.max(0, Math.min(1, position)) ** 2;
}

/**
 * The media element's volume. It cannot amplify, so a quiet track is raised only as far as the listener's
 * own volume leaves room; that keeps protected audio out of Web Audio, where some systems mute it.
 */
export function elementVolume(position: number, gainDb: number | undefined): number {
  return Math.min(1, amplitude(position) * 10 ** ((gainDb ?? 0) / 20));
}
