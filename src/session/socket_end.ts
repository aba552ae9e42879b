import type { CloseCode } from "./close_codes.ts";

/** By then TCP has given up a peer that is gone (Linux: 924 s with the default `tcp_retries2`). */
const GIVEN_UP_MS = 16 * 60_000;

/** What waited in a socket when it was closed. */
const waitingAtClose = new WeakMap<WebSocket, number>();

/** Closes a socket, and notes what waits in it. */
export function closeSocket(socket: WebSocket, { code, reason }: CloseCode): void {
  noteWaiting(socket, socket.bufferedAmount);
  socket.close(code, reason);
}

/** Notes what waits in a socket that Deno itself is closing, which it then does not say any more. */
export function noteWaiting(socket: WebSocket, bytes: number): void {
  if (bytes === 0 || waitingAtClose.has(socket)) return;
  waitingAtClose.set(socket, bytes);
  // A connection that breaks is gone, with all that waits.
  socket.addEventListener("error", () => waitingAtClose.delete(socket), { once: true });
}

/** What waits in a socket, or did when it was closed. */
export function waitingIn(socket: WebSocket): number {
  return socket.bufferedAmount || (waitingAtClose.get(socket) ?? 0);
}

/**
 * Calls `gone` when the descriptor of a socket, and what waits in it, can be taken as free. That is at its
 * close event, but for one case: a client that does not read, and sends on when the server has closed. With
 * its next message Deno reports the socket as closed, and may keep both until the client hangs up, of which
 * nobody hears (measured on 2.9.6: 3 to 9 of 30). So these count for as long as TCP waits for a peer.
 *
 * @param heldMs for tests, which do not have as long
 */
export function afterClose(
  socket: WebSocket,
  { code }: CloseEvent,
  gone: () => void,
  heldMs = GIVEN_UP_MS,
): void {
  // Deno reports 0 where the client has sent no close frame.
  if (code !== 0 || !waitingAtClose.has(socket)) return gone();
  Deno.unrefTimer(setTimeout(gone, heldMs));
}

/** Calls `gone` once, as `afterClose` does, whenever the socket is closed. */
export function whenGone(socket: WebSocket, gone: () => void, heldMs = GIVEN_UP_MS): void {
  // Deno reports some closes twice.
  socket.addEventListener("close", (event) => afterClose(socket, event, gone, heldMs), {
    once: true,
  });
}
