import { errorText } from "../errors.ts";
import { sleep } from "../lifecycle.ts";
import { logger } from "../log.ts";
import type { Certificate } from "./certificate.ts";
import { DescriptorReserve } from "./descriptors.ts";

/** What to serve, and where. */
export interface ListenerOptions {
  readonly hostname: string;
  readonly port: number;
  /** `undefined` speaks plain HTTP. */
  readonly certificate: Certificate | undefined;
  readonly handler: Deno.ServeHandler<Deno.NetAddr>;
  /** Called once, when connections are accepted for the first time. */
  onListen(): void;
}

const RETRY_INTERVAL_MS = 500;

const log = logger("server");

/**
 * The HTTP server of one worker. When the process has no file descriptor left for the next connection,
 * `Deno.serve` stops for good; its open sockets live on if somebody takes the error, which would otherwise
 * end the isolate (measured on 2.9.6). So it is taken here, and listening begins again when there is room.
 */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #reserve = new DescriptorReserve();
  readonly #closing = new AbortController();
  #server: Deno.HttpServer<Deno.NetAddr> | undefined;

  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  /** Begins to listen. Calling it again does nothing. */
  start(): void {
    if (this.#server !== undefined) return;
    this.#reserve.take();
    this.#listen(() => this.#options.onListen());
  }

  /** Stops accepting, closes what is open, and resolves when all is answered. */
  async shutdown(): Promise<void> {
    this.#closing.abort();
    this.#reserve.release();
    await this.#server?.shutdown();
  }

  #listen(onListen: () => void): void {
    const { hostname, port, certificate, handler } = this.#options;
    const tls = certificate && { cert: certificate.cert, key: certificate.key };
    const options = { hostname, port, reusePort: true, ...tls, onListen };
    const server = Deno.serve(options, handler);
    this.#server = server;
    server.finished.catch((error) => this.#listenAgain(error));
  }

  async #listenAgain(error: unknown): Promise<void> {
    this.#reserve.release();
    log.error(
      "Listener failed: {reason}. Open sessions go on, newcomers are let in when there is room. " +
        "Give it more open files (ulimit -n), or a proxy that limits connections (docs/security.md)",
      { code: "server_listener_failed", reason: errorText(error) },
    );
    while (!this.#closing.signal.aborted) {
      await sleep(RETRY_INTERVAL_MS, this.#closing.signal);
      if (this.#closing.signal.aborted || !this.#reserve.take()) continue;
      try {
        return this.#listen(() => log.info("Listener is back", { code: "server_listener_back" }));
      } catch (failure) {
        log.warn("Listener cannot come back yet: {reason}", {
          code: "server_listener_waits",
          reason: errorText(failure),
        });
      }
    }
  }
}
