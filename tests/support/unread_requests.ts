import http2 from "node:http2";

/** What came of a request whose answer is never read. */
export interface UnreadAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

/** Asks over one connection of HTTP/2, and takes the heads of the answers but nothing of their bodies. */
export class UnreadRequests implements Disposable {
  readonly #session: http2.ClientHttp2Session;

  /** @param url of a server without TLS */
  constructor(url: string) {
    this.#session = http2.connect(url, { settings: { initialWindowSize: 0 } });
  }

  /** Asks for `path`. @param forwardedFor whom a proxy would say it asks for */
  async ask(path: string, forwardedFor: string): Promise<UnreadAnswer> {
    const request = this.#session.request({ ":path": path, "x-forwarded-for": forwardedFor });
    const { promise, resolve, reject } = Promise.withResolvers<UnreadAnswer>();
    request.on("response", (headers) => {
      resolve({
        status: Number(headers[":status"]),
        retryAfter: headers["retry-after"]?.toString(),
      });
    });
    request.on("error", reject);
    request.end();
    return await promise;
  }

  [Symbol.dispose](): void {
    this.#session.destroy();
  }
}
