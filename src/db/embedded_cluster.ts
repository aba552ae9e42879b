import { join } from "node:path";
import { errorText, SetupError } from "../errors.ts";
import { logger } from "../log.ts";
import type { Binaries } from "./embedded_binaries.ts";
import { type EmbeddedFolder, giveTo, passwordFile } from "./embedded_folder.ts";
import { type ProgramResult, runProgram } from "./embedded_program.ts";
import { findPostmaster, removeStalePostmasterFile } from "./embedded_postmaster.ts";

/** A Postgres that runs. */
export interface RunningCluster {
  readonly port: number;
  /** Of the postmaster. */
  readonly processId: number;
}

/** How to start Postgres. */
export interface StartOptions {
  /** Undefined takes one that is free. */
  readonly port?: number | undefined;
  /** Postgres settings by name, on top of ours. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Name of the superuser in every cluster that Quotewire makes. */
export const SUPERUSER = "quotewire";
/** Postgres listens here alone. */
export const LISTEN_ADDRESS = "127.0.0.1";

const INIT_DEADLINE_MS = 120_000;
/** Long, because Postgres may have to recover from a crash first. */
const START_DEADLINE_SECONDS = 120;
const STOP_DEADLINE_SECONDS = { fast: 10, immediate: 5 } as const;
/** For `pg_ctl` itself, beyond the time that it gives Postgres. */
const MARGIN_MS = 5000;
const START_ATTEMPTS = 3;
const LOG_LINES_SHOWN = 12;
const LOG_BYTES_MAX = 4_194_304;
const UNFINISHED_PREFIX = "unfinished-";

const log = logger("db");

/**
 * Creates the data folder when there is none. Works in a sibling that is renamed at the end, so that
 * an interrupted start never leaves half a data folder. The sibling has a new name each time, because
 * the `initdb` of a process that was killed may still be at work in the last one.
 *
 * @throws {SetupError} when `initdb` fails, or when the data is of another major version
 */
export async function initCluster(
  folder: EmbeddedFolder,
  binaries: Binaries,
  signal?: AbortSignal,
): Promise<void> {
  await removeUnfinished(folder);
  const found = await dataVersion(folder);
  if (found === binaries.majorVersion) return;
  if (found !== undefined) {
    throw new SetupError(
      `Cannot start Postgres in ${folder.directory}: the data must be of version ` +
        `${binaries.majorVersion}, is of version ${found}. Move it over with pg_dump and ` +
        `pg_restore, or set DATABASE_URL=embedded:DIR to another folder.`,
    );
  }
  const unfinished = await Deno.makeTempDir({ dir: folder.directory, prefix: UNFINISHED_PREFIX });
  await giveTo(unfinished, folder.account);
  const { success, output } = await runProgram(join(binaries.directory, "initdb"), [
    `--pgdata=${unfinished}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile(folder)}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--no-locale",
  ], { account: folder.account, cwd: folder.directory, deadlineMs: INIT_DEADLINE_MS, signal });
  if (!success) throw new SetupError(`Cannot create ${folder.dataDirectory}: ${output}`);
  await Deno.rename(unfinished, folder.dataDirectory);
}

/**
 * Starts Postgres and waits until it answers. `pg_ctl` gives it a session of its own, so that a
 * Ctrl-C at the terminal reaches us alone and we can drain before we stop it.
 *
 * @throws {SetupError} with the end of Postgres' log when it does not start
 */
export async function startCluster(
  folder: EmbeddedFolder,
  binaries: Binaries,
  options: StartOptions,
): Promise<RunningCluster> {
  await prepareLog(folder);
  for (let attempt = 1;; attempt += 1) {
    const port = options.port ?? freePort();
    const result = await pgCtl(
      folder,
      binaries,
      [
        "start",
        "--wait",
        `--timeout=${START_DEADLINE_SECONDS}`,
        `--log=${folder.logFile}`,
        `--options=${serverArguments(port, options.settings ?? {})}`,
      ],
      START_DEADLINE_SECONDS,
      options.signal,
    );
    const processId = await findPostmaster(folder.dataDirectory);
    if (result.success && processId !== undefined) return { port, processId };
    const reason = await lastLogLines(folder, result.output);
    if (attempt === START_ATTEMPTS) {
      throw new SetupError(
        `Cannot start Postgres in ${folder.directory}. The end of ${folder.logFile}:\n${reason}`,
      );
    }
    // Another program may have taken the port since we looked, or the last backends of a killed
    // Postgres may still be about to notice that it is gone.
    log.warn("Postgres did not start, trying again: {reason}", {
      code: "embedded_start_retried",
      attempt,
      reason,
    });
    await stopCluster(folder, binaries);
  }
}

/**
 * Stops the Postgres of this data folder, whoever started it; does nothing when none runs.
 *
 * @throws {SetupError} when it is still there after all that can be done
 */
export async function stopCluster(folder: EmbeddedFolder, binaries: Binaries): Promise<void> {
  for (const mode of ["fast", "immediate"] as const) {
    if (await findPostmaster(folder.dataDirectory) === undefined) break;
    const seconds = STOP_DEADLINE_SECONDS[mode];
    const { success, output } = await pgCtl(folder, binaries, [
      "stop",
      `--mode=${mode}`,
      "--wait",
      `--timeout=${seconds}`,
    ], seconds);
    if (success) break;
    log.warn("Postgres did not stop ({mode}): {reason}", {
      code: "embedded_stop_failed",
      mode,
      reason: output,
    });
  }
  const processId = await findPostmaster(folder.dataDirectory);
  if (processId !== undefined) {
    throw new SetupError(
      `Cannot stop the Postgres in ${folder.directory}: must end when asked, process ${processId} ` +
        `still runs. Look into ${folder.logFile} and stop it with "kill -QUIT ${processId}".`,
    );
  }
  await removeStalePostmasterFile(folder.dataDirectory);
}

/** The version that a data folder is of; undefined when there is none. */
async function dataVersion(folder: EmbeddedFolder): Promise<string | undefined> {
  try {
    return (await Deno.readTextFile(join(folder.dataDirectory, "PG_VERSION"))).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function pgCtl(
  folder: EmbeddedFolder,
  binaries: Binaries,
  args: readonly string[],
  seconds: number,
  signal?: AbortSignal,
): Promise<ProgramResult> {
  return runProgram(join(binaries.directory, "pg_ctl"), [
    ...args,
    `--pgdata=${folder.dataDirectory}`,
    "--silent",
  ], {
    account: folder.account,
    cwd: folder.directory,
    deadlineMs: seconds * 1000 + MARGIN_MS,
    signal,
  });
}

/** As one text, because `pg_ctl` hands it to a shell. Arguments outrank all of Postgres' files. */
function serverArguments(port: number, settings: Readonly<Record<string, string>>): string {
  const all = {
    listen_addresses: LISTEN_ADDRESS,
    port: `${port}`,
    unix_socket_directories: "",
    cluster_name: "quotewire",
    ...settings,
  };
  return Object.entries(all)
    .map(([name, value]) => `-c ${quoteForShell(`${name}=${value}`)}`)
    .join(" ");
}

function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function freePort(): number {
  const listener = Deno.listen({ hostname: LISTEN_ADDRESS, port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

/** Starts a new log when the old one has grown; one old log is kept. */
async function prepareLog(folder: EmbeddedFolder): Promise<void> {
  const file = await Deno.open(folder.logFile, { append: true, create: true, mode: 0o600 });
  const { size } = await file.stat();
  file.close();
  if (size > LOG_BYTES_MAX) {
    await Deno.rename(folder.logFile, `${folder.logFile}.old`);
    await Deno.writeTextFile(folder.logFile, "", { mode: 0o600 });
  }
  await giveTo(folder.logFile, folder.account);
}

async function lastLogLines(folder: EmbeddedFolder, fallback: string): Promise<string> {
  const lines = (await Deno.readTextFile(folder.logFile)).trimEnd().split("\n");
  return lines.slice(-LOG_LINES_SHOWN).join("\n") || fallback;
}

async function removeUnfinished(folder: EmbeddedFolder): Promise<void> {
  for await (const { name } of Deno.readDir(folder.directory)) {
    if (!name.startsWith(UNFINISHED_PREFIX)) continue;
    try {
      await Deno.remove(join(folder.directory, name), { recursive: true });
    } catch (error) {
      log.debug("Unfinished data left for the next start to remove: {reason}", {
        code: "embedded_unfinished_left",
        reason: errorText(error),
      });
    }
  }
}
