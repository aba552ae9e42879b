/**
 * What a client uses of a WebSocket: those of browsers, Deno, Node.js and the npm package `ws` all have
 * it. Its events are told to `on…` alone, because not every one of them can stop listening by a signal.
 */
export interface ClientSocket {
  /** 0 while it connects, 1 while it is open. */
  readonly readyState: number;
  /** The subprotocol that the server chose. */
  readonly protocol: string;
  /** How bytes are to arrive. */
  binaryType: string;
  /** It is open. */
  onopen: ((event: never) => void) | null;
  /** A message has come. */
  onmessage: ((event: never) => void) | null;
  /** Something is wrong; `onclose` follows. */
  onerror: ((event: never) => void) | null;
  /** It is over, or has never come about. */
  onclose: ((event: never) => void) | null;
  /** Sends a text. */
  send(data: string): void;
  /** Says goodbye. */
  close(): void;
}

/** Makes sockets as the browser's constructor does. */
export type WebSocketConstructor = new (url: string, protocols: string[]) => ClientSocket;

/** `readyState` of a socket that is on its way. */
export const SOCKET_CONNECTING = 0;

/** `readyState` of a socket that takes messages. */
export const SOCKET_OPEN = 1;

/** The sockets of the platform. @throws {TypeError} where it has none */
export function platformWebSocket(): WebSocketConstructor {
  if (typeof WebSocket === "function") return WebSocket;
  throw new TypeError(
    "Cannot connect: must have a WebSocket, this platform has none (Node.js has from 22 on). " +
      "Pass that of the package ws as webSocket",
  );
}
