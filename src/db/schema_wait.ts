import { DeadlineError, errorText } from "../errors.ts";
import { sleep } from "../lifecycle.ts";
import { logger } from "../log.ts";
import { errorCode } from "./connection.ts";
import { migrate } from "./migrator.ts";

const RETRY_PAUSE_MS = 1000;

/**
 * Faults that end when Postgres comes up: codes of the network (ECONNREFUSED) and of the driver
 * (CONNECT_TIMEOUT), and SQLSTATEs of a server that starts, stops or is full. A wrong password is none.
 */
const MAY_PASS_REGEXP = /^(E[A-Z_]+|CONNECT[A-Z_]+|57P0[123]|53300)$/;

const log = logger("db");

/**
 * Brings the schema up to date, waiting for Postgres to come up first, so that commands can be started
 * in any order. Returns early when `signal` aborts.
 *
 * @throws {SetupError} when Postgres is up, but cannot be used or migrated
 */
export async function awaitSchema(databaseUrl: string, signal: AbortSignal): Promise<void> {
  for (let told = false; !signal.aborted;) {
    try {
      await migrate(databaseUrl, { signal });
      if (told) log.info("Postgres is up", { code: "db_up" });
      return;
    } catch (error) {
      if (signal.aborted) return;
      if (!mayPass(error)) throw error;
      if (!told) {
        told = true;
        log.warn("Waiting for Postgres. {reason}", {
          code: "db_awaited",
          reason: errorText(error),
        });
      }
    }
    await sleep(RETRY_PAUSE_MS, signal);
  }
}

/** The migrator wraps what the driver threw in an error with advice. */
function mayPass(error: unknown): boolean {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return cause instanceof DeadlineError || MAY_PASS_REGEXP.test(errorCode(cause) ?? "");
}
