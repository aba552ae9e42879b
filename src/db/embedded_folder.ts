import { createHash, randomBytes } from "node:crypto";
import { dirname, join, resolve } from "node:path";
import { SetupError } from "../errors.ts";
import { settingExcerpt } from "../excerpt.ts";
import { canEnter, serverAccount } from "./embedded_account.ts";
import { SYSTEM_DIRECTORY } from "./embedded_binaries.ts";
import { folderFault } from "./embedded_fault.ts";
import { LOCK_FILE } from "./embedded_lock.ts";
import type { Account } from "./embedded_program.ts";

/**
 * A folder that Quotewire keeps a Postgres in: its data, its log, its password, and the lock that
 * gives all of it to one process.
 */
export interface EmbeddedFolder {
  /** Real path; elsewhere than asked for when the account of Postgres cannot reach that place. */
  readonly directory: string;
  readonly dataDirectory: string;
  readonly logFile: string;
  /** What Postgres runs as; undefined for ourselves. */
  readonly account: Account | undefined;
}

const PASSWORD_BYTES = 24;

/**
 * Makes a folder ready to be locked: creates it, and when we are root and the account of Postgres
 * cannot enter it, puts a symlink to a folder under `/var/lib/quotewire` in its place.
 *
 * @throws {SetupError} when the folder is somebody else's, or cannot be written
 */
export async function prepareFolder(asked: string, signal?: AbortSignal): Promise<EmbeddedFolder> {
  const path = resolve(asked);
  try {
    const before = await inspect(path);
    const account = await serverAccount(join(path, "data"), signal);
    if (account !== undefined && before !== "ours") await openWay(path, account);
    const directory = await Deno.realPath(path);
    if (before === "new") await Deno.chmod(directory, account === undefined ? 0o700 : 0o711);
    if (account !== undefined && !await canEnter(directory, account)) {
      throw new SetupError(
        `Cannot use ${
          settingExcerpt(path)
        } for Postgres: the account it runs as (id ${account.uid}) must be able ` +
          `to enter it, has no right to. Give it the right to enter the folders above, move the ` +
          `data to where it can, or set DATABASE_URL=embedded:DIR to another folder.`,
      );
    }
    return {
      directory,
      dataDirectory: join(directory, "data"),
      logFile: join(directory, "postgres.log"),
      account,
    };
  } catch (error) {
    throw folderFault(path, error);
  }
}

/**
 * The password of Postgres' superuser, from a file that nobody else can read.
 *
 * @param mayCreate whether a new one is of use, because there is no data yet
 * @throws {SetupError} when there is none for existing data
 */
export async function readPassword(folder: EmbeddedFolder, mayCreate: boolean): Promise<string> {
  const path = passwordFile(folder);
  const found = await Deno.readTextFile(path).catch((error: unknown) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw folderFault(folder.directory, error);
  });
  if (found.trim() !== "") return found.trim();
  if (!mayCreate) {
    throw new SetupError(
      `Cannot start Postgres in ${folder.directory}: ${path} must hold its password, is missing ` +
        `or empty. Restore that file, or set DATABASE_URL=embedded:DIR to another folder.`,
    );
  }
  const password = randomBytes(PASSWORD_BYTES).toString("base64url");
  const unfinished = `${path}.new`;
  await Deno.writeTextFile(unfinished, `${password}\n`, { mode: 0o600 });
  await giveTo(unfinished, folder.account);
  await Deno.rename(unfinished, path);
  return password;
}

/** Where the password is, for `initdb`, which must not find it among its arguments. */
export function passwordFile(folder: EmbeddedFolder): string {
  return join(folder.directory, "password");
}

/** Makes the account of Postgres the owner of a file or folder. */
export async function giveTo(path: string, account: Account | undefined): Promise<void> {
  if (account !== undefined) await Deno.chown(path, account.uid, account.gid);
}

/** Creates the folder when it is missing, and refuses one that has something of somebody else's in it. */
async function inspect(path: string): Promise<"new" | "empty" | "ours"> {
  await restoreTarget(path);
  if (await createFolder(path)) return "new";
  const names = new Set<string>();
  for await (const { name } of Deno.readDir(path)) names.add(name);
  if (names.has(LOCK_FILE)) return "ours";
  if (names.size === 0) return "empty";
  throw new SetupError(
    `Cannot use ${
      settingExcerpt(path)
    } for Postgres: must be an empty folder or one that Quotewire made, has ` +
      (names.has("PG_VERSION")
        ? "the data of another Postgres. Start that one yourself and set DATABASE_URL to its " +
          "address, or set "
        : `${names.size} other entries. Set `) +
      `DATABASE_URL=embedded:DIR to another folder.`,
  );
}

/** Returns false when it was there. */
async function createFolder(path: string): Promise<boolean> {
  await Deno.mkdir(dirname(path), { recursive: true });
  try {
    await Deno.mkdir(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}

/** A symlink of ours whose folder has been deleted leads to an empty folder again. */
async function restoreTarget(path: string): Promise<void> {
  try {
    const target = await Deno.readLink(path);
    if (!target.startsWith(`${SYSTEM_DIRECTORY}/`)) return;
    await Deno.mkdir(target, { recursive: true, mode: 0o711 });
  } catch (error) {
    // No symlink, or nothing at all.
    if (error instanceof Deno.errors.NotFound || isInvalidLink(error)) return;
    throw error;
  }
}

function isInvalidLink(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EINVAL";
}

/** Replaces an empty folder that the account cannot reach by a symlink to one that it can. */
async function openWay(path: string, account: Account): Promise<void> {
  if (await canEnter(dirname(await Deno.realPath(path)), account)) return;
  const key = createHash("sha256").update(path).digest("hex").slice(0, 16);
  const target = join(SYSTEM_DIRECTORY, `postgres-${key}`);
  await Deno.mkdir(target, { recursive: true });
  await Deno.chmod(SYSTEM_DIRECTORY, 0o755);
  await Deno.remove(path);
  await Deno.symlink(target, path);
}
