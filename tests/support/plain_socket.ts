import assert from "node:assert/strict";
import { waitFor } from "./wait_for.ts";

/** A message as it arrived: text as text, bytes as bytes. */
export type Message = string | ArrayBuffer;

/** A WebSocket client that keeps what it receives, for services that speak no JSON. */
export interface PlainSocket extends AsyncDisposable {
  readonly socket: WebSocket;
  /** Everything received so far. */
  readonly received: readonly Message[];
  /** Set when the connection has ended. */
  readonly closed: { code: number; reason: string } | undefined;
  /** Takes the next message not yet taken. */
  next(what: string): Promise<Message>;
  close(): Promise<void>;
}

/** Waits until it has opened. One that has not in time is closed: nobody would ever do it. */
export async function openOrClose(socket: WebSocket, url: string): Promise<void> {
  let hasOpened = false;
  socket.addEventListener("open", () => hasOpened = true);
  try {
    await waitFor(
      `a connection to ${url}`,
      () => hasOpened || socket.readyState > WebSocket.OPEN,
    );
    assert.ok(hasOpened, `Cannot connect to ${url}`);
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** Connects to `url`. @param protocols subprotocols to offer */
export async function openSocket(
  url: string,
  protocols: readonly string[] = [],
): Promise<PlainSocket> {
  const socket = new WebSocket(url, [...protocols]);
  socket.binaryType = "arraybuffer";
  const received: Message[] = [];
  let taken = 0;
  let closed: { code: number; reason: string } | undefined;
  socket.onmessage = (event) => received.push(event.data);
  socket.onclose = (event) => closed = { code: event.code, reason: event.reason };
  await openOrClose(socket, url);
  const close = async () => {
    if (socket.readyState <= WebSocket.OPEN) socket.close();
    await waitFor("the connection to close", () => closed !== undefined);
  };
  return {
    socket,
    received,
    get closed() {
      return closed;
    },
    async next(what) {
      const message = await waitFor(`${what} after message ${taken}`, () => received[taken]);
      taken += 1;
      return message;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
