import { join } from "node:path";
import { runProgram } from "./embedded_program.ts";

const PS_DEADLINE_MS = 5000;

/**
 * The process id of the Postgres that runs on a data folder, or undefined.
 *
 * The file `postmaster.pid` alone does not tell: after a crash it stays, and the system may have
 * given its process id to somebody else's program since (`pg_ctl stop` would then signal that
 * program). So the process is asked what it is.
 */
export async function findPostmaster(dataDirectory: string): Promise<number | undefined> {
  const processId = await readProcessId(dataDirectory);
  if (processId === undefined) return undefined;
  return await runsOn(processId, dataDirectory) ? processId : undefined;
}

/**
 * Removes a `postmaster.pid` whose process id now belongs to another program, since Postgres would
 * refuse to start for it. The file of a process that is gone stays: Postgres reads in it whether
 * backends of that process still hold its shared memory.
 *
 * The caller MUST hold the folder's lock and have found no postmaster.
 */
export async function removeStalePostmasterFile(dataDirectory: string): Promise<void> {
  const processId = await readProcessId(dataDirectory);
  if (processId !== undefined && await isAlive(processId)) {
    await Deno.remove(join(dataDirectory, "postmaster.pid"));
  }
}

async function readProcessId(dataDirectory: string): Promise<number | undefined> {
  try {
    const text = await Deno.readTextFile(join(dataDirectory, "postmaster.pid"));
    const processId = Number.parseInt(text, 10);
    return processId > 0 ? processId : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Every process of Postgres works in its data folder. */
async function runsOn(processId: number, dataDirectory: string): Promise<boolean> {
  if (Deno.build.os === "linux") {
    try {
      return await Deno.readLink(`/proc/${processId}/cwd`) === dataDirectory;
    } catch (error) {
      // Gone, or another account's: the owner of the data is either ourselves or visible to root.
      if (isGone(error) || error instanceof Deno.errors.PermissionDenied) return false;
      throw error;
    }
  }
  return (await commandLine(processId)).includes(dataDirectory);
}

/** Whether any process has this id, whatever it is. */
export async function isAlive(processId: number): Promise<boolean> {
  if (Deno.build.os !== "linux") return await commandLine(processId) !== "";
  try {
    await Deno.stat(`/proc/${processId}`);
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

async function commandLine(processId: number): Promise<string> {
  const { output } = await runProgram("ps", ["-o", "command=", "-p", `${processId}`], {
    cwd: "/",
    deadlineMs: PS_DEADLINE_MS,
  });
  return output;
}

/** A process that ends while it is looked at gives ESRCH instead of ENOENT. */
function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    (error instanceof Error && "code" in error && error.code === "ESRCH");
}
