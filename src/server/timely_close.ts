import { DeadlineError } from "../errors.ts";
import { type Closable, closeAll, withDeadline } from "../lifecycle.ts";
import { logger } from "../log.ts";

const log = logger("server");

/**
 * Closes as `closeAll` does, but returns by the deadline: what has not ended by then, such as a database
 * that does not answer, ends with the process.
 */
export async function closeInTime(parts: readonly Closable[], deadlineMs: number): Promise<void> {
  try {
    await withDeadline(closeAll(parts), deadlineMs, "stop the server");
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    log.warn("Stopped without an orderly end: {reason}", {
      code: "server_stop_cut_off",
      reason: error.message,
    });
  }
}
