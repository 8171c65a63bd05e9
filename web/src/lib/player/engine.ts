/** A shaka-player on one media element, set up for short fragments, many renditions and licences of ours. */

import type { Adaptation } from "./adaptation";
import { loadShaka, nameIn, type ShakaError, type ShakaLibrary, type ShakaPlayer } from "./shaka";

export interface EngineSupport {
  adaptation(shaka: ShakaLibrary): Adaptation;
  /** Tokens for a licence with the keys *kids* (hex digits): the listener's, and the grant's. */
  licence(kids: ReadonlySet<string>): Promise<{ access: string | null; licence: string }>;
  /** Nothing more will be loaded; *part* names what could not be, where it was media. */
  failed(error: ShakaError, part: string): void;
  /** The rendition of that id begins to be heard. */
  sounds(id: string): void;
}

export async function makeEngine(audio: HTMLAudioElement, support: EngineSupport): Promise<ShakaPlayer> {
  const shaka = await loadShaka();
  const player = new shaka.Player();
  await player.attach(audio);
  player.configure({
    // The groups are codecs of one recording, between which adaptation is wanted; not languages.
    manifest: { enableAudioGroups: false },
    networking: { minBytesForProgressEvents: 1000 },
    // A browser that follows Media Source Extensions tells of no update when a duration shrinks; shaka would wait for it.
    mediaSource: { durationReductionEmitsUpdateEnd: false },
    drm: { retryParameters: { maxAttempts: 3, baseDelay: 300, timeout: 10_000, connectionTimeout: 8000 } },
    streaming: {
      rebufferingGoal: 0,
      observeQualityChanges: true,
      bufferBehind: 30,
      retryParameters: { maxAttempts: 6, baseDelay: 300, backoffFactor: 2, fuzzFactor: 0.5, timeout: 0, connectionTimeout: 12_000, stallTimeout: 15_000 },
    },
    abr: {
      useNetworkInformation: false,
      switchInterval: 2,
      cacheLoadThreshold: 5,
      advanced: { minTotalBytes: 32_000, minBytes: 1000, fastHalfLife: 1, slowHalfLife: 3 },
    },
    abrFactory: () => support.adaptation(shaka).manager,
  });
  player.getNetworkingEngine()?.registerRequestFilter(async (type, request) => {
    if (type !== shaka.net.NetworkingEngine.RequestType.LICENSE) return;
    const { access, licence } = await support.licence(kidsIn(request.body));
    if (access) request.headers["Authorization"] = `Bearer ${access}`;
    request.headers["X-Licence-Token"] = licence;
    request.headers["Content-Type"] = "application/json";
  });
  player.addEventListener("error", (event) => {
    const { detail } = event as unknown as { detail: ShakaError };
    if (detail.severity === shaka.util.Error.Severity.CRITICAL) support.failed(detail, nameIn(detail.data?.[0]));
  });
  player.addEventListener("mediaqualitychanged", (event) => {
    support.sounds((event as unknown as { mediaQuality: { label: string } }).mediaQuality.label);
  });
  return player;
}

/** The keys that a Clear Key request asks for (W3C EME, 9.1.3), as hex digits. */
export function kidsIn(body: ArrayBuffer | ArrayBufferView | null | undefined): Set<string> {
  const { kids } = JSON.parse(new TextDecoder().decode((body ?? undefined) as BufferSource | undefined) || "{}") as { kids?: string[] };
  return new Set(kids?.map(hex));
}

/** Base64url to hex digits. */
function hex(base64url: string): string {
  const raw = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Array.from(raw, (c) => c.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}
