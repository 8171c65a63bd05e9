import type { ArtistRef } from "./api/types";
/** Times and dates as people read them. */

export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const minutes = Math.floor(whole / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

export function spoken(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts: [number, string][] = [
    [Math.floor(whole / 3600), "hour"],
    [Math.floor((whole % 3600) / 60), "minute"],
    [whole % 60, "second"],
  ];
  const words = parts.filter(([n]) => n).map(([n, unit]) => `${n} ${unit}${n === 1 ? "" : "s"}`);
  return words.join(" ") || "0 seconds";
}

export function total(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  return minutes < 60 ? `${Math.max(1, minutes)} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A moment of the past, as near as it matters. */
export function ago(moment: string, now: number = Date.now()): string {
  const seconds = (Date.parse(moment) - now) / 1000;
  const format = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  const steps: [number, Intl.RelativeTimeFormatUnit][] = [
    [86_400 * 7, "week"],
    [86_400, "day"],
    [3600, "hour"],
    [60, "minute"],
  ];
  for (const [size, unit] of steps) if (-seconds >= size) return format.format(Math.round(seconds / size), unit);
  return "just now";
}

/** `aac160` and `flac` as the listener knows them. */
export function qualityName(rendition: { id: string; codecs: string; bandwidth: number } | null): string {
  if (!rendition) return "";
  if (rendition.codecs.toLowerCase().startsWith("flac")) return rendition.id.includes("hires") ? "Hi-res lossless" : "Lossless";
  const nominal = /(\d+)$/.exec(rendition.id)?.[1] ?? String(Math.round(rendition.bandwidth / 1000));
  return `AAC ${nominal}`;
}

/** Who is heard on a song: a composer who also sings is named once, one who does not is not. */
export function performers(artists: ArtistRef[]): ArtistRef[] {
  return artists.filter((artist) => !artist.role || artist.role === "main" || artist.role === "featured");
}

export function byline(artists: ArtistRef[]): string {
  return performers(artists)
    .map((artist) => artist.name)
    .join(", ");
}
