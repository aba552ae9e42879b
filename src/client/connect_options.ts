import { platformWebSocket, type WebSocketConstructor } from "./client_socket.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { TokenSource } from "./token_keeper.ts";
import { platformWakeSource, type WakeSource } from "./wake.ts";

/** How a client connects; the URL is enough. */
export interface ConnectOptions {
  /** `ws:` or `wss:` URL of the endpoint. */
  readonly url: string;
  /** For a server that asks for one; a function is asked anew for each connection and renewal. */
  readonly token?: TokenSource | undefined;
  /** Stops the client for good when it is aborted, as `stop` does. */
  readonly signal?: AbortSignal | undefined;
  /** Makes the sockets where the platform has none: the one of the package `ws` will do. @default {WebSocket} */
  readonly webSocket?: WebSocketConstructor;
  /** Draws the jitter; for tests. @default {Math.random} */
  readonly random?: () => number;
  /** Time and timers; for tests. @default {systemClock} */
  readonly clock?: Clock;
  /** Tells when a page comes back to life; for tests. @default {globalThis} */
  readonly wakeSource?: WakeSource;
}

/** The same with everything that was left out. @throws {TypeError} when there is no WebSocket */
export function withDefaults(
  options: ConnectOptions,
): Required<ConnectOptions> {
  return {
    url: options.url,
    token: options.token,
    signal: options.signal,
    webSocket: options.webSocket ?? platformWebSocket(),
    random: options.random ?? Math.random,
    clock: options.clock ?? systemClock,
    wakeSource: options.wakeSource ?? platformWakeSource(),
  };
}
