import { join } from "node:path";
import { SetupError } from "../errors.ts";
import type { Closable } from "../lifecycle.ts";
import { folderFault } from "./embedded_fault.ts";

/** Name of the lock file. It also marks a folder as one that Quotewire made. */
export const LOCK_FILE = "quotewire.lock";

/**
 * Takes a folder for this process alone. The kernel gives the lock back when the process ends in
 * whatever way, so that a lock file left behind never keeps anybody out. The file itself stays:
 * to delete it would let two processes hold locks on two files of the same name.
 *
 * @throws {SetupError} when another process holds the folder, or when it cannot be written
 */
export async function lockFolder(directory: string): Promise<Closable> {
  const file = await openLock(directory);
  try {
    if (!await file.tryLock(true)) throw inUse(directory, await readOwner(file));
    await file.truncate();
    await file.write(new TextEncoder().encode(`${Deno.pid}\n`));
  } catch (error) {
    file.close();
    throw error;
  }
  let closed = false;
  return {
    close() {
      if (closed) return;
      closed = true;
      file.close();
    },
  };
}

async function openLock(directory: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(join(directory, LOCK_FILE), {
      read: true,
      write: true,
      create: true,
      mode: 0o644,
    });
  } catch (error) {
    throw folderFault(directory, error);
  }
}

async function readOwner(file: Deno.FsFile): Promise<string> {
  const buffer = new Uint8Array(16);
  const length = await file.read(buffer) ?? 0;
  return new TextDecoder().decode(buffer.subarray(0, length)).trim();
}

function inUse(directory: string, owner: string): SetupError {
  // The owner writes its id just after it has the lock, so for a moment there is none to read.
  const [who, stop] = /^\d+$/.test(owner)
    ? [`process ${owner}`, `Stop it (kill ${owner})`]
    : ["another process", "Stop that Quotewire"];
  return new SetupError(
    `Cannot use ${directory} for Postgres: must be used by one Quotewire at a time, ` +
      `is in use by ${who}. ${stop}, or set DATABASE_URL=embedded:DIR to another folder.`,
  );
}
