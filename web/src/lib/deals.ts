/** A deal in the words of a table. */

import type { Deal } from "./api/types";

const NAMED = 12;

/** `Worldwide but DE`, `FR, SE`, `AD, AE … and 238 more`. */
export function places({ territories, excluded_territories }: Deal): string {
  const inside = listed(territories);
  return excluded_territories.length ? `${inside} but ${listed(excluded_territories)}` : inside;
}

/** In UTC, to the second: a window is half open, so its end is the first second without permission. */
export function period({ start, end }: Deal): string {
  return end ? `${moment(start)} until ${moment(end)}` : `from ${moment(start)}`;
}

/** `Ann 60 %, Ben 40 %`; the label alone where nothing is split. */
export function paid({ label, splits }: Deal): string {
  return splits.map(({ payee, basis_points }) => `${payee} ${basis_points / 100} %`).join(", ") || label || "nobody named";
}

function listed(codes: string[]): string {
  const sorted = [...codes].sort();
  return sorted.length <= NAMED ? sorted.join(", ") : `${sorted.slice(0, NAMED).join(", ")} and ${sorted.length - NAMED} more`;
}

function moment(text: string): string {
  return new Date(text).toISOString().replace("T", " ").replace(/\.\d+Z$/, " UTC");
}
