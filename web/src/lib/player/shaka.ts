/** shaka-player, loaded when first wanted, with the scheme through which its media requests reach a coalescer. */

import type Shaka from "shaka-player/dist/shaka-player.dash-es2021.js";
import { isFinal, Offline, Problem, problemOf } from "../api/problem";
import { Refused, type Coalescer } from "./coalescer";
import { SCHEME } from "./manifest";
import { bytes, MIME, type Part, type Timeline } from "./timeline";

export type ShakaLibrary = typeof Shaka;
export type ShakaPlayer = Shaka.Player;
export type ShakaError = Shaka.util.Error;

type Answer = Shaka.util.AbortableOperation<Shaka.extern.Response>;

interface Stream {
  part: Part;
  coalescer: Coalescer;
}

const streams = new Map<string, Stream>();
const timelines = new Map<string, Timeline>();
let loading: Promise<ShakaLibrary> | null = null;

export function loadShaka(): Promise<ShakaLibrary> {
  loading ??= import("shaka-player/dist/shaka-player.dash-es2021.js").then(({ default: shaka }) => {
    shaka.polyfill.installAll();
    const { registerScheme, PluginPriority } = shaka.net.NetworkingEngine;
    registerScheme(
      SCHEME,
      (uri, request, type, progress, headersReceived) => fetchOurs(shaka, uri, request, type, progress, headersReceived),
      PluginPriority.APPLICATION,
      true,
    );
    shaka.media.ManifestParser.registerParserByMime(MIME, parser);
    return shaka;
  });
  return loading;
}

/** shaka-player asks for a parser without saying what for; the address that it is started with tells. */
function parser(): Shaka.extern.ManifestParser {
  let chosen: ReturnType<Timeline["parser"]> | null = null;
  return {
    configure: () => {},
    start: (uri: string, playerInterface: Shaka.extern.ManifestParser.PlayerInterface) => {
      const timeline = timelines.get(nameIn(uri))!;
      timelines.delete(timeline.name);
      chosen = timeline.parser();
      return chosen.start(uri, playerInterface);
    },
    stop: async () => chosen?.stop(),
    update: () => {},
    onExpirationUpdated: () => {},
    onInitialVariantChosen: () => {},
    banLocation: () => {},
    setMediaElement: () => {},
  } as unknown as Shaka.extern.ManifestParser;
}

/** The part that *uri* is of. */
export function nameIn(uri: unknown): string {
  return /^legato:\/\/([^/]+)\//.exec(String(uri))?.[1] ?? "";
}

/** Play *timeline* from *seconds* on. */
export function loadTimeline(player: ShakaPlayer, timeline: Timeline, seconds: number): Promise<void> {
  timelines.set(timeline.name, timeline);
  return player.load(`${SCHEME}://${timeline.name}/`, seconds, MIME);
}

/** `legato://<name>/…` is the media of *part*, which *coalescer* reads, until the part is closed. */
export function openPart(part: Part, coalescer: Coalescer): void {
  streams.set(part.name, { part, coalescer });
}

export function closePart(name: string): void {
  streams.get(name)?.coalescer.close();
  streams.delete(name);
}

function fetchOurs(
  shaka: ShakaLibrary,
  uri: string,
  request: Shaka.extern.Request,
  type: Shaka.net.NetworkingEngine.RequestType,
  progress: Shaka.extern.ProgressUpdated,
  headersReceived: Shaka.extern.HeadersReceived,
): Answer {
  const [, name = "", file = ""] = /^\w+:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  const stream = streams.get(name);
  const init = file.startsWith("init/") && stream?.part.renditions.find((r) => r.id === file.slice(5))?.init;
  if (init) return answered(shaka, uri, request, bytes(init).buffer);
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers["Range"] ?? "");
  if (!stream || !range) return shaka.util.AbortableOperation.failed(ended(shaka, uri, type)) as Answer;
  const read = stream.coalescer.read(file, Number(range[1]), Number(range[2]), progress);
  const answer = read.bytes.then(
    (data) => {
      headersReceived({});
      return response(uri, request, data);
    },
    (reason: unknown) => {
      throw shakaError(shaka, reason, uri, type);
    },
  );
  return new shaka.util.AbortableOperation(answer, () => {
    read.abort();
    return Promise.resolve();
  });
}

function answered(shaka: ShakaLibrary, uri: string, request: Shaka.extern.Request, data: ArrayBuffer): Answer {
  return shaka.util.AbortableOperation.completed(response(uri, request, data)) as Answer;
}

/** The estimator hears of media bytes when they arrive: to shaka every answer is as good as cached. */
function response(uri: string, request: Shaka.extern.Request, data: ArrayBuffer): Shaka.extern.Response {
  return { uri, originalUri: uri, data, status: 200, headers: {}, timeMs: 0, fromCache: true, originalRequest: request };
}

function ended(shaka: ShakaLibrary, uri: string, type: Shaka.net.NetworkingEngine.RequestType): ShakaError {
  const { Severity, Category, Code } = shaka.util.Error;
  return new shaka.util.Error(Severity.CRITICAL, Category.NETWORK, Code.OPERATION_ABORTED, uri, type);
}

/** What shaka tries again is recoverable; what another try cannot mend is critical and ends the play. */
function shakaError(shaka: ShakaLibrary, reason: unknown, uri: string, type: Shaka.net.NetworkingEngine.RequestType): ShakaError {
  const { Severity, Category, Code } = shaka.util.Error;
  if (reason instanceof DOMException && reason.name === "AbortError") {
    return new shaka.util.Error(Severity.RECOVERABLE, Category.PLAYER, Code.OPERATION_ABORTED);
  }
  if (reason instanceof Refused) {
    const severity = reason.status >= 500 || reason.status === 429 ? Severity.RECOVERABLE : Severity.CRITICAL;
    return new shaka.util.Error(severity, Category.NETWORK, Code.BAD_HTTP_STATUS, uri, reason.status, "", {}, type);
  }
  if (isFinal(reason)) {
    return new shaka.util.Error(Severity.CRITICAL, Category.NETWORK, Code.BAD_HTTP_STATUS, uri, 0, reason, {}, type);
  }
  const cause = reason instanceof Offline ? reason.cause : reason;
  return new shaka.util.Error(Severity.RECOVERABLE, Category.NETWORK, Code.HTTP_ERROR, uri, cause, type);
}

/** The refusal inside a shaka error, in the app's own terms. */
export function problemIn(error: unknown): Error {
  if (error instanceof Problem || error instanceof Offline) return error;
  if (error instanceof Refused) return refusalIn(["", error.status]);
  const { code, data } = (error ?? {}) as { code?: number; data?: unknown[] };
  const inner = data?.find((item) => item instanceof Problem || item instanceof Offline) as Error | undefined;
  if (inner) return inner;
  // shaka.util.Error.Code: BAD_HTTP_STATUS 1001, HTTP_ERROR 1002, TIMEOUT 1003, 6001/6003 no key system,
  // LICENSE_REQUEST_FAILED 6007 with the network's own error inside.
  if (code === 6007 && data?.[0]) return problemIn(data[0]);
  if (code === 1001) return refusalIn(data);
  if (code === 1002 || code === 1003) return new Offline(error);
  if (code === 6000 || code === 6001 || code === 6003) return new Problem(0, "no-protected-audio");
  return new Problem(0, "cannot-play", { detail: code ? `shaka ${code}: ${String(data?.[0]).slice(0, 80)}` : String(error) });
}

/** BAD_HTTP_STATUS: address, status, body. A licence is refused with a problem; media with a status alone. */
function refusalIn(data: unknown[] = []): Problem {
  const status = Number(data[1]);
  let body: unknown = null;
  try {
    body = JSON.parse(String(data[2]));
  } catch {
    // An answer of the CDN's own.
  }
  const problem = problemOf(status, body);
  return problem.slug === "forbidden" || problem.slug === "internal-error" ? new Problem(status, "cannot-play") : problem;
}
