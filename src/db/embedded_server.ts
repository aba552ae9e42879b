import { errorText } from "../errors.ts";
import { type Closable, withDeadline } from "../lifecycle.ts";
import { logger } from "../log.ts";
import { openPool } from "./client.ts";
import { findBinaries } from "./embedded_binaries.ts";
import {
  initCluster,
  LISTEN_ADDRESS,
  startCluster,
  type StartOptions,
  stopCluster,
  SUPERUSER,
} from "./embedded_cluster.ts";
import { findPostmaster } from "./embedded_postmaster.ts";
import { prepareFolder, readPassword } from "./embedded_folder.ts";
import { lockFolder } from "./embedded_lock.ts";

/** How to run an own Postgres. */
export interface EmbeddedOptions extends StartOptions {
  /** Where everything of it is kept; created when missing. */
  readonly directory: string;
  /** Takes `initdb`, `pg_ctl` and `postgres` from here instead of from the npm package. */
  readonly binariesDirectory?: string | undefined;
}

/** A Postgres of our own that runs until it is closed. */
export interface EmbeddedServer extends Closable {
  /** Of the database `stockdb`, with the password: not for logs. */
  readonly url: string;
  /** Real path of its folder. */
  readonly directory: string;
  /** Of the postmaster that was started last. */
  readonly processId: number;
  /** Whether the postmaster that was started last is there. */
  runs(): Promise<boolean>;
  /**
   * Starts Postgres again, on the same port; one that runs is stopped. Must not be called after `close`.
   *
   * @throws {SetupError} when it does not start
   */
  restart(signal?: AbortSignal): Promise<void>;
  /** Stops Postgres after its running statements have been cut off; the data stays. */
  close(): Promise<void>;
}

const DATABASE = "stockdb";
const CREATE_DATABASE_DEADLINE_MS = 30_000;

const log = logger("db");

/**
 * Runs a real Postgres in a folder, as an ordinary user or as root, and keeps the data there for the
 * next time. It listens on 127.0.0.1 alone, on a port that is free when it starts.
 *
 * Should this process be killed, Postgres goes on alone and the next start on the folder stops it first.
 *
 * @throws {SetupError} when the folder is in use, is not ours or cannot be written, when there is no
 *   Postgres for this machine, or when Postgres does not start
 * @throws the signal's reason when it aborts before Postgres runs; nothing is then left running
 */
export async function startEmbeddedServer(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const { signal } = options;
  const folder = await prepareFolder(options.directory, signal);
  const binaries = await findBinaries({
    account: folder.account,
    directory: options.binariesDirectory,
    signal,
  });
  const lock = await lockFolder(folder.directory);
  const stop = async () => {
    try {
      await stopCluster(folder, binaries);
    } finally {
      await lock.close();
    }
  };
  try {
    await stopCluster(folder, binaries);
    const password = await readPassword(folder, !await hasData(folder.dataDirectory));
    await initCluster(folder, binaries, signal);
    let { port, processId } = await startCluster(folder, binaries, options);
    const url = `postgres://${SUPERUSER}:${password}@${LISTEN_ADDRESS}:${port}/${DATABASE}`;
    await createDatabase(url);
    signal?.throwIfAborted();
    log.info("Postgres runs on port {port}, data in {directory}", {
      code: "embedded_started",
      port,
      directory: folder.directory,
      processId,
    });
    let closing: Promise<void> | undefined;
    return {
      url,
      directory: folder.directory,
      get processId() {
        return processId;
      },
      runs: async () => await findPostmaster(folder.dataDirectory) === processId,
      async restart(restartSignal) {
        await stopCluster(folder, binaries);
        const again = { ...options, port, signal: restartSignal };
        ({ port, processId } = await startCluster(folder, binaries, again));
      },
      close: () => closing ??= stop(),
    };
  } catch (error) {
    await stop().catch((failure: unknown) => {
      log.error("Postgres could not be stopped after a failed start: {reason}", {
        code: "embedded_stop_failed",
        reason: errorText(failure),
      });
    });
    throw error;
  }
}

async function hasData(dataDirectory: string): Promise<boolean> {
  try {
    await Deno.stat(dataDirectory);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** At every start, because an earlier one may have been cut off between `initdb` and here. */
async function createDatabase(url: string): Promise<void> {
  const maintenance = new URL(url);
  maintenance.pathname = "/postgres";
  const sql = openPool({
    url: maintenance.href,
    connectionsMax: 1,
    applicationName: "quotewire embedded",
  });
  try {
    const create = async () => {
      const found = await sql`select 1 from pg_database where datname = ${DATABASE}`;
      if (found.length === 0) await sql`create database ${sql(DATABASE)}`;
    };
    await withDeadline(create(), CREATE_DATABASE_DEADLINE_MS, `create the database ${DATABASE}`);
  } finally {
    await sql.end({ timeout: 1 });
  }
}
