import type { DatabaseLocation } from "../config.ts";
import type { Closable } from "../lifecycle.ts";
import { SetupError } from "../errors.ts";
import { EmbeddedKeeper } from "./embedded_keeper.ts";
import { startEmbeddedServer } from "./embedded_server.ts";

/** A database that can be connected to until it is closed. */
export interface OpenLocation extends Closable {
  /** With the password: not for logs. */
  readonly url: string;
}

/**
 * Turns the configured location into an address to connect to. An embedded Postgres is started, kept
 * running, and stopped by `close`; a server that somebody else runs is left alone and not even connected to.
 *
 * @throws {SetupError} when an embedded Postgres cannot be started, for one because Deno was told not to
 *   let us run programs
 */
export async function openLocation(
  location: DatabaseLocation,
  signal?: AbortSignal,
): Promise<OpenLocation> {
  switch (location.kind) {
    case "url":
      return { url: location.url, close: () => {} };
    case "embedded":
      await requirePrograms();
      return new EmbeddedKeeper(
        await startEmbeddedServer({ directory: location.directory, signal }),
      );
  }
}

/** Most tasks may not, since whoever may run programs may do everything. */
async function requirePrograms(): Promise<void> {
  const { state } = await Deno.permissions.query({ name: "run" });
  if (state === "granted") return;
  throw new SetupError(
    "Cannot run an own Postgres: must be allowed to run programs, is not. `deno task demo` is; " +
      "any other command is with: deno run -q -P=embedded main.ts COMMAND",
  );
}
