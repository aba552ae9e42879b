import { createHash, randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Sql } from "../../src/db/client.ts";
import { findBinaries } from "../../src/db/embedded_binaries.ts";
import {
  initCluster,
  LISTEN_ADDRESS,
  startCluster,
  stopCluster,
  SUPERUSER,
} from "../../src/db/embedded_cluster.ts";
import { prepareFolder, readPassword } from "../../src/db/embedded_folder.ts";
import { findPostmaster, isAlive } from "../../src/db/embedded_postmaster.ts";
import { startEmbeddedServer } from "../../src/db/embedded_server.ts";
import { readMigrations } from "../../src/db/migration_files.ts";
import { migrate } from "../../src/db/migrator.ts";
import { query } from "./query.ts";
import { waitFor } from "./wait_for.ts";

/** A fresh, migrated database that nobody else uses. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly name: string;
  /** Drops it, whoever is still connected. */
  close(): Promise<void>;
}

/** A Postgres of one test's own, which it may stop, kill and start again on the same port. */
export interface TestCluster extends AsyncDisposable {
  /** Of a migrated database; the same after every restart. */
  readonly url: string;
  /** Of the postmaster that runs now. */
  readonly processId: number;
  /** Ends it as an operator would: open connections are cut off. */
  stop(): Promise<void>;
  /** Ends it as a crash would. */
  kill(): void;
  /** Starts it again after `stop` or `kill`. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** A Postgres that many tests share. */
export interface SharedCluster {
  /** Superuser's, of the database `postgres`: the value for `QUOTEWIRE_TEST_DATABASE_URL`. */
  readonly url: string;
  close(): Promise<void>;
}

const URL_VARIABLE = "QUOTEWIRE_TEST_DATABASE_URL";
const BINARIES_VARIABLE = "QUOTEWIRE_TEST_POSTGRES_BIN";
const FOLDER_PREFIX = "quotewire-test-";
/** A crash of Postgres loses nothing with these; a crash of the machine would. */
const FAST = { fsync: "off", full_page_writes: "off" };
const SHARED_SETTINGS = { ...FAST, max_connections: "300" };
const TEMPLATE_LOCK_KEY = 7_310_301;
const KILL_ROUNDS = 250;

let shared: Promise<string> | undefined;

/**
 * Creates a database on the shared Postgres, which the first call of a process starts if need be.
 *
 * @param options.empty leaves it without any table
 */
export async function testDatabase(options: { empty?: boolean } = {}): Promise<TestDatabase> {
  const clusterUrl = Deno.env.get(URL_VARIABLE) ?? await (shared ??= startForThisProcess());
  const name = `quotewire_${randomBytes(6).toString("hex")}`;
  await query(clusterUrl, async (sql) => {
    const template = options.empty ? "template0" : await ensureTemplate(sql, clusterUrl);
    await sql`create database ${sql(name)} template ${sql(template)}`;
  });
  let closing: Promise<void> | undefined;
  const drop = () =>
    query(clusterUrl, async (sql) => {
      await sql`drop database if exists ${sql(name)} with (force)`;
    });
  const close = () => closing ??= drop();
  return { url: withDatabase(clusterUrl, name), name, close, [Symbol.asyncDispose]: close };
}

/** Starts a Postgres for one test. */
export async function testCluster(
  options: { settings?: Readonly<Record<string, string>> } = {},
): Promise<TestCluster> {
  await removeLeftovers();
  const folder = await makeFolder();
  const start = (port?: number) =>
    startEmbeddedServer({
      directory: join(folder, "postgres"),
      binariesDirectory: Deno.env.get(BINARIES_VARIABLE),
      settings: { ...FAST, ...options.settings },
      port,
    });
  let server = await start();
  const { url } = server;
  await migrate(url);
  const close = async () => {
    await server.close();
    await Deno.remove(folder, { recursive: true });
  };
  return {
    url,
    get processId() {
      return server.processId;
    },
    stop: () => server.close(),
    kill: () => Deno.kill(server.processId, "SIGKILL"),
    async restart() {
      await server.close();
      server = await start(Number(new URL(url).port));
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Starts the Postgres that all tests share, for the program that runs them. */
export async function startSharedCluster(): Promise<SharedCluster> {
  const { url, close } = await startShared();
  return { url, close };
}

/** Until the tests of this isolate have ended. */
async function startForThisProcess(): Promise<string> {
  const { url, folder, processId } = await startShared();
  // Nothing asynchronous gets done after this event.
  globalThis.addEventListener("unload", () => {
    killAndWait(processId);
    Deno.removeSync(folder, { recursive: true });
  });
  return url;
}

/**
 * Puts a cluster together from its parts, because `startEmbeddedServer` keeps a lock file open: to the
 * test that happens to start the shared cluster that would look like a leak.
 */
async function startShared(): Promise<SharedCluster & { folder: string; processId: number }> {
  await removeLeftovers();
  const root = await makeFolder();
  const folder = await prepareFolder(join(root, "postgres"));
  const binaries = await findBinaries({
    account: folder.account,
    directory: Deno.env.get(BINARIES_VARIABLE),
  });
  const password = await readPassword(folder, true);
  await initCluster(folder, binaries);
  const { port, processId } = await startCluster(folder, binaries, { settings: SHARED_SETTINGS });
  return {
    url: `postgres://${SUPERUSER}:${password}@${LISTEN_ADDRESS}:${port}/postgres`,
    folder: root,
    processId,
    async close() {
      await stopCluster(folder, binaries);
      await Deno.remove(root, { recursive: true });
    },
  };
}

/** A database with all migrations applied, made once per cluster and version of the migrations. */
async function ensureTemplate(sql: Sql, clusterUrl: string): Promise<string> {
  const migrations = await readMigrations();
  const version = createHash("sha256").update(migrations.map((one) => one.checksum).join());
  const name = `quotewire_template_${version.digest("hex").slice(0, 12)}`;
  const exists = async () =>
    (await sql`select 1 from pg_database where datname = ${name}`).length > 0;
  if (await exists()) return name;
  // The lock goes when the connection ends. Whoever comes second finds the first one's template.
  await sql`select pg_advisory_lock(${TEMPLATE_LOCK_KEY})`;
  if (await exists()) return name;
  const unfinished = `${name}_unfinished`;
  await sql`drop database if exists ${sql(unfinished)} with (force)`;
  await sql`create database ${sql(unfinished)}`;
  await migrate(withDatabase(clusterUrl, unfinished));
  await waitFor("the migrator to have left the template", async () => {
    const rows = await sql`select 1 from pg_stat_activity where datname = ${unfinished}`;
    return rows.length === 0;
  });
  await sql`alter database ${sql(unfinished)} rename to ${sql(name)}`;
  return name;
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

/** Where root's tests run Postgres as another account, that account has to get in. */
async function makeFolder(): Promise<string> {
  const folder = await Deno.makeTempDir({ dir: tmpdir(), prefix: `${FOLDER_PREFIX}${Deno.pid}-` });
  await Deno.chmod(folder, 0o711);
  return folder;
}

/** Ends and deletes what test processes that were killed have left behind. */
async function removeLeftovers(): Promise<void> {
  const parent = tmpdir();
  for await (const { name } of Deno.readDir(parent)) {
    const owner = new RegExp(`^${FOLDER_PREFIX}(\\d+)-`).exec(name)?.[1];
    if (owner === undefined || Number(owner) === Deno.pid || await isAlive(Number(owner))) continue;
    const folder = join(parent, name);
    const processId = await findPostmaster(join(folder, "postgres", "data"));
    if (processId !== undefined) killAndWait(processId);
    await Deno.remove(folder, { recursive: true }).catch((error: unknown) => {
      // Another test process may be clearing up as well.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}

/** Immediate shutdown of a Postgres whose data nobody wants, without the event loop. */
function killAndWait(processId: number): void {
  try {
    Deno.kill(processId, "SIGQUIT");
    const pause = new Int32Array(new SharedArrayBuffer(4));
    for (let round = 0; round < KILL_ROUNDS; round += 1) {
      Atomics.wait(pause, 0, 0, 20);
      Deno.kill(processId, "SIGCONT");
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
