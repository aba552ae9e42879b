import type { DatabaseLocation } from "../config.ts";
import type { Closable } from "../lifecycle.ts";
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
 * @throws {SetupError} when an embedded Postgres cannot be started
 */
export async function openLocation(
  location: DatabaseLocation,
  signal?: AbortSignal,
): Promise<OpenLocation> {
  switch (location.kind) {
    case "url":
      return { url: location.url, close: () => {} };
    case "embedded":
      return new EmbeddedKeeper(
        await startEmbeddedServer({ directory: location.directory, signal }),
      );
  }
}
