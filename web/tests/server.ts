/** A media server in memory: it answers range requests as S3 behind a CDN does, as slowly as a test wants. */

export const FILE_BYTES = 4000;

export function contentOf(file: string): Uint8Array<ArrayBuffer> {
  const seed = [...file].reduce((sum, c) => sum + c.charCodeAt(0), 0);
  return Uint8Array.from({ length: FILE_BYTES }, (_, i) => (i * 7 + seed) & 0xff);
}

export interface Request {
  url: URL;
  file: string;
  first: number;
  last: number;
  aborted: boolean;
  /** Send the next *n* bytes of the answer. */
  send(n: number): void;
  /** Break the connection. */
  break(): void;
}

export class MediaServer {
  readonly requests: Request[] = [];
  /** Status for a request instead of its bytes; undefined for none. */
  refuse: (request: Request) => number | undefined = () => undefined;
  /** Whether answers come at once and whole. */
  eager = true;

  readonly fetch = (async (input: RequestInfo | URL, init: RequestInit = {}) => {
    const url = new URL(String(input));
    const headers = new Headers(init.headers);
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.get("Range") ?? "")!;
    const file = url.pathname.split("/").pop()!;
    const request: Request = { url, file, first: Number(first), last: Number(last), aborted: false, send: () => {}, break: () => {} };
    this.requests.push(request);
    if (init.signal?.aborted) throw init.signal.reason;
    const status = this.refuse(request);
    if (status) return new Response("", { status });
    const bytes = contentOf(file).subarray(request.first, request.last + 1);
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      start: (stream) => {
        request.send = (n) => {
          if (request.aborted) return;
          stream.enqueue(bytes.slice(sent, sent + n));
          sent += n;
          if (sent >= bytes.length) stream.close();
        };
        request.break = () => stream.error(new TypeError("network error"));
        init.signal?.addEventListener("abort", () => {
          request.aborted = true;
          stream.error(init.signal!.reason);
        });
        if (this.eager) request.send(bytes.length);
      },
    });
    return new Response(body, { status: 206 });
  }) as typeof fetch;
}

/** Let every promise that can settle settle. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await new Promise((done) => setTimeout(done, 0));
}
