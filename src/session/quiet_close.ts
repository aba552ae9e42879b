import type { CloseCode } from "./close_codes.ts";
import { closeSocket } from "./socket_end.ts";

/** A client that has said nothing for so long is not in the middle of saying something. */
const SILENT_MS = 1000;
const TICK_MS = 20;
/** A client that is silent for so many ticks, one after the other, has said what it had to say. */
const QUIET_TICKS = 5;
const TICKS_MAX = 50;

/**
 * Closes a socket in a moment in which its client does not send. Behind the close frame a hundred frames are
 * read, and none by a Deno that `readOn` does not know: then Deno drops the connection, and the client may
 * never see the code, which matters most to those who send too much. What still comes is ignored; after a
 * second the socket is closed whatever comes.
 *
 * That is at once where the client has long been silent and nothing waits for it. What was sent in this turn
 * of the event loop does: with a message behind the close it would look like a client that reads nothing, see
 * `afterClose`.
 *
 * Counts ticks and not milliseconds: when the isolate was kept from running, a timer is due before what the
 * client sent meanwhile has been read, and time has passed in which nobody listened.
 *
 * @param heardAtMs when the last message came, on the clock of `performance.now()`
 */
export function closeWhenQuiet(
  socket: WebSocket,
  code: CloseCode,
  heardAtMs: number,
): void {
  let ticks = 0;
  let quietTicks = 0;
  socket.onmessage = () => quietTicks = 0;
  const tick = () => {
    if (socket.readyState !== WebSocket.OPEN) return;
    ticks += 1;
    quietTicks += 1;
    if (quietTicks >= QUIET_TICKS || ticks >= TICKS_MAX) closeSocket(socket, code);
    else setTimeout(tick, TICK_MS);
  };
  const isSilent = performance.now() - heardAtMs >= SILENT_MS;
  if (isSilent && socket.bufferedAmount === 0) closeSocket(socket, code);
  else setTimeout(tick, TICK_MS);
}
