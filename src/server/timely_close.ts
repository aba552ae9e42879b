import { type Closable, closeAll, endsInTime } from "../lifecycle.ts";
import { logger } from "../log.ts";

const log = logger("server");

/**
 * Closes as `closeAll` does, but returns by the deadline: what has not ended by then, such as a database
 * that does not answer, ends with the process.
 */
export async function closeInTime(parts: readonly Closable[], deadlineMs: number): Promise<void> {
  if (await endsInTime(closeAll(parts), deadlineMs)) return;
  log.warn("Stopped after {deadlineMs} ms, without an orderly end", {
    code: "server_stop_cut_off",
    deadlineMs,
  });
}
