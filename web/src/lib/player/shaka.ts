/** shaka-player, loaded when first wanted, with the scheme through which its media requests reach a coalescer. */

import type Shaka from "shaka-player/dist/shaka-player.dash-es2021.js";
import { isFinal, Offline, Problem, problemOf } from "../api/problem";
import { Refused, type Coalescer } from "./coalescer";
import { MANIFEST, SCHEME } from "./manifest";

export type ShakaLibrary = typeof Shaka;
export type ShakaPlayer = Shaka.Player;
export type ShakaError = Shaka.util.Error;

type Answer = Shaka.util.AbortableOperation<Shaka.extern.Response>;

interface Stream {
  mpd: string;
  coalescer: Coalescer;
}

const streams = new Map<string, Stream>();
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
    // The build for DASH alone leaves this scheme out; init sections stand in the manifest as `data:` URIs.
    registerScheme("data", (uri, request) => answered(shaka, uri, request, bytesOf(uri)), PluginPriority.APPLICATION);
    return shaka;
  });
  return loading;
}

/** `legato://<stream>/…` is the manifest *mpd* and the media that *coalescer* reads, until it is closed. */
export function openStream(stream: string, mpd: string, coalescer: Coalescer): void {
  streams.set(stream, { mpd, coalescer });
}

export function closeStream(stream: string): void {
  streams.get(stream)?.coalescer.close();
  streams.delete(stream);
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
  if (stream && file === MANIFEST) return answered(shaka, uri, request, new TextEncoder().encode(stream.mpd).buffer);
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

/** RFC 2397, base64 alone. */
function bytesOf(uri: string): ArrayBuffer {
  return Uint8Array.from(atob(uri.slice(uri.indexOf(",") + 1)), (c) => c.charCodeAt(0)).buffer;
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
