import type { CloseCode } from "./close_codes.ts";
import { readOn } from "./socket_role.ts";

/** By then TCP has given up a peer that is gone (Linux: 924 s with the default `tcp_retries2`). */
const GIVEN_UP_MS = 16 * 60_000;

/** What Deno reports where the client has sent no close frame (measured on 2.9.6). */
const NO_CLOSE_FRAME = 0;
/** RFC 6455: the connection broke off without a close frame. */
export const ABNORMAL_CLOSE_CODE = 1006;

/** What waited in a socket when it was closed from here. */
const waitingAtClose = new WeakMap<WebSocket, number>();
/** Sockets whose connections broke: they are gone, with all that waited. */
const broken = new WeakSet<EventTarget>();

/** The code with which a socket ended, `ABNORMAL_CLOSE_CODE` where its connection broke off. */
export function endCode({ code }: Pick<CloseEvent, "code">): number {
  return code === NO_CLOSE_FRAME ? ABNORMAL_CLOSE_CODE : code;
}

/**
 * Closes a socket, and notes what waits in it. What its client says until it has read that does not hinder it,
 * and still comes to `onmessage`.
 */
export function closeSocket(socket: WebSocket, { code, reason }: CloseCode): void {
  // Of one that Deno is closing it says 0, whatever waits.
  if (socket.readyState !== WebSocket.OPEN) return;
  waitingAtClose.set(socket, socket.bufferedAmount);
  socket.close(code, reason);
  readOn(socket);
}

/** What waits in a socket, or did when it was closed from here. */
export function waitingIn(socket: WebSocket): number {
  return socket.bufferedAmount || (waitingAtClose.get(socket) ?? 0);
}

/** Has `afterClose` know how the socket ends. Harmless when it is watched already. */
export function watchEnd(socket: WebSocket): void {
  socket.addEventListener("error", noteBroken);
}

/**
 * Calls `gone` when the descriptor of a socket, and what waits in it, can be taken as free. That is at its
 * close event, but for one case: a client that does not read, and sends on, where it is not heard out (see
 * `readOn`) or Deno itself has closed after its idle timeout. With its next message Deno reports the socket as closed, and may
 * keep both until the client hangs up, which shows as an error (measured on 2.9.6: 3 to 30 of 30). So these
 * count until then, or for as long as TCP waits for a peer.
 *
 * @param socket which MUST have been watched since it was opened
 * @param heldMs for tests, which do not have as long
 */
export function afterClose(
  socket: WebSocket,
  { code }: CloseEvent,
  gone: () => void,
  heldMs = GIVEN_UP_MS,
): void {
  if (!isKept(socket, code)) return gone();
  const end = () => {
    clearTimeout(timer);
    socket.removeEventListener("error", end);
    gone();
  };
  const timer = setTimeout(end, heldMs);
  Deno.unrefTimer(timer);
  socket.addEventListener("error", end);
}

/**
 * Calls `gone` once, as `afterClose` does, whenever the socket is closed. Watches it from now on.
 */
export function whenGone(socket: WebSocket, gone: () => void, heldMs = GIVEN_UP_MS): void {
  watchEnd(socket);
  // Deno reports some closes twice.
  socket.addEventListener("close", (event) => afterClose(socket, event, gone, heldMs), {
    once: true,
  });
}

/** Whether Deno may keep a socket that it reports as closed. */
function isKept(socket: WebSocket, code: number): boolean {
  if (code !== NO_CLOSE_FRAME || broken.has(socket)) return false;
  // Where Deno closed by itself, something waited: it is done at once otherwise.
  return waitingAtClose.get(socket) !== 0;
}

/** One for all sockets: of a function for each there would be as many as there are sockets. */
function noteBroken({ target }: Event): void {
  if (target !== null) broken.add(target);
}
