/** How loud a track plays: the listener's volume, and the gain that brings tracks to one loudness. */

import type { Grant } from "../api/types";

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

/** What the service brings tracks to (LUFS), and what no peak may pass (dBTP). */
const TARGET_LUFS = -14;
const CEILING_DBTP = -1;

/**
 * One gain in decibels for tracks that are heard as one: their programme loudness is the mean of their energies,
 * weighted by length, as ITU-R BS.1770 would measure them together but for its gate. A single track keeps its own.
 */
export function albumGain(tracks: readonly Pick<Grant, "duration_ms" | "loudness">[]): number {
  const known = tracks.filter((track) => track.loudness);
  if (known.length < 2) return known[0]?.loudness?.gain_db ?? 0;
  const seconds = known.reduce((sum, track) => sum + track.duration_ms, 0);
  const energy = known.reduce((sum, track) => sum + track.duration_ms * 10 ** (track.loudness!.integrated_lufs / 10), 0);
  const peak = Math.max(...known.map((track) => track.loudness!.true_peak_dbtp));
  return Math.min(TARGET_LUFS - 10 * Math.log10(energy / seconds), Math.max(CEILING_DBTP - peak, 0));
}
