import { PRICE_PROTOCOL_JSON } from "../../src/session/protocol.ts";
import { DeflateReader } from "./deflate_reader.ts";
import { openOrClose } from "./plain_socket.ts";
import { waitFor } from "./wait_for.ts";

/** A frame of JSON, as far as tests look into it. */
export type Json = Record<string, unknown>;

/** A WebSocket client that reads as a dialogue: send, then `await next(...)`. */
export interface Dialogue extends AsyncDisposable {
  readonly socket: WebSocket;
  /** Everything received so far. */
  readonly received: readonly Json[];
  /** Kinds of the compressed frames so far. */
  readonly kinds: readonly number[];
  /** Set when the connection has ended. */
  readonly closed: { code: number; reason: string } | undefined;
  send(message: Json | string): void;
  /**
   * Takes the first frame not yet taken for which `match` holds; those before it are passed over, but for
   * those that others already wait for.
   */
  next(what: string, match?: (frame: Json) => boolean): Promise<Json>;
  /** As `next`, by `type`. */
  nextOf(type: string): Promise<Json>;
}

/**
 * Connects to `url` and reads text frames and compressed ones; with the v1 subprotocol unless `protocol` is
 * `null`.
 *
 * @param headers of the handshake, as no browser can send them
 */
export async function connect(
  url: string,
  protocol: string | string[] | null = PRICE_PROTOCOL_JSON,
  headers: Record<string, string> = {},
): Promise<Dialogue> {
  // Deno takes headers, which the types of the DOM do not know.
  const how = [url, { protocols: [protocol ?? []].flat(), headers }];
  const socket: WebSocket = Reflect.construct(WebSocket, how);
  socket.binaryType = "arraybuffer";
  const received: Json[] = [];
  /** Frames before this one are no news to who asks next. */
  let start = 0;
  const taken = new Set<Json>();
  let closed: { code: number; reason: string } | undefined;
  const reader = new DeflateReader();
  socket.onmessage = ({ data }) => {
    const text = data instanceof ArrayBuffer ? reader.read(new Uint8Array(data)) : String(data);
    received.push(JSON.parse(text));
  };
  socket.onclose = (event) => closed = { code: event.code, reason: event.reason };
  await openOrClose(socket, url);
  const next = (what: string, match: (frame: Json) => boolean = () => true) => {
    const from = start;
    return waitFor(`${what} after frame ${from}`, () => {
      for (let index = from; index < received.length; index++) {
        const frame = received[index];
        if (frame === undefined || taken.has(frame) || !match(frame)) continue;
        taken.add(frame);
        start = Math.max(start, index + 1);
        return frame;
      }
      return undefined;
    });
  };
  return {
    socket,
    received,
    kinds: reader.kinds,
    get closed() {
      return closed;
    },
    send: (message) => socket.send(typeof message === "string" ? message : JSON.stringify(message)),
    next,
    nextOf: (type) => next(type, (frame) => frame.type === type),
    async [Symbol.asyncDispose]() {
      if (socket.readyState <= WebSocket.OPEN) socket.close();
      await waitFor("the connection to close", () => closed !== undefined);
    },
  };
}
