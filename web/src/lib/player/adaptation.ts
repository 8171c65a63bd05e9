/** When another rendition is taken, and how soon it is heard. */

import type { ShakaLibrary } from "./shaka";

/** With so many seconds in hand a heavier rendition, lossless above all, puts nothing at risk. */
export const SAFE_SECONDS = 8;
/** A better rendition replaces what is loaded only where it is so much better: less is not worth loading twice. */
const WORTH = 1.5;

export interface Adaptation {
  /** For shaka's `abrFactory`. */
  manager: InstanceType<ShakaLibrary["abr"]["SimpleAbrManager"]>;
  /** Tell of bytes that arrived in *ms*; of none, to have it choose again. */
  direct: (ms: number, bytes: number) => void;
  /** Have it choose again at once. */
  choose: () => void;
}

/**
 * shaka's own estimator and rule, but for one thing. When the network has recovered, half a minute of the poor
 * rendition may still lie ahead: it is loaded again in the better one, but for the next `SAFE_SECONDS`.
 *
 * *loaded* is the bandwidth (bits per second) of the rendition that is loaded now, 0 before there is one;
 * *chosen* hears of every choice.
 */
export function adaptation(shaka: ShakaLibrary, loaded: () => number, chosen: (bandwidth: number) => void): Adaptation {
  const manager = new shaka.abr.SimpleAbrManager();
  const init = manager.init.bind(manager);
  manager.init = (switchTo: (variant: never, clear?: boolean, margin?: number) => void, ...rest: never[]) => {
    const replacing = (variant: { bandwidth: number }) => {
      const better = loaded() > 0 && variant.bandwidth > WORTH * loaded();
      chosen(variant.bandwidth);
      switchTo(variant as never, better, better ? SAFE_SECONDS : 0);
    };
    (init as (...all: unknown[]) => void)(replacing, ...rest);
  };
  return {
    manager,
    direct: (ms, bytes) => manager.segmentDownloaded(ms, bytes, true),
    choose: () => manager.trySuggestStreams(),
  };
}
