import type { CloseCode } from "./close_codes.ts";

const QUIET_MS = 50;
const DEADLINE_MS = 1000;

/**
 * Closes a socket in a moment in which its client does not send. A message that comes in behind the
 * close frame makes Deno drop the connection, and the client may never see the code (measured on 2.9.6),
 * which matters most to those who send too much. What still comes is ignored; after a second the socket
 * is closed whatever comes.
 *
 * @param heardAtMs when the last message came, on the clock of `performance.now()`
 */
export function closeWhenQuiet(
  socket: WebSocket,
  { code, reason }: CloseCode,
  heardAtMs: number,
): void {
  const deadlineAtMs = performance.now() + DEADLINE_MS;
  socket.onmessage = () => heardAtMs = performance.now();
  const attempt = () => {
    if (socket.readyState !== WebSocket.OPEN) return;
    const nowMs = performance.now();
    const quiet = nowMs - heardAtMs >= QUIET_MS;
    if (quiet || nowMs >= deadlineAtMs) socket.close(code, reason);
    else setTimeout(attempt, QUIET_MS);
  };
  attempt();
}
