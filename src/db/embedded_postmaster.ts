import { join } from "node:path";
import { type ProgramResult, runProgram } from "./embedded_program.ts";

const LOOK_DEADLINE_MS = 5000;

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

/**
 * Every process of Postgres works in its data folder. Programs look into `/proc`, because Deno lets
 * nobody read there who may not do everything (measured on 2.9.6).
 */
async function runsOn(processId: number, dataDirectory: string): Promise<boolean> {
  if (Deno.build.os !== "linux") return (await commandLine(processId)).includes(dataDirectory);
  // It fails where the process is gone or another account's: ours, or visible to root, it is not then.
  const { output } = await look("readlink", [`/proc/${processId}/cwd`]);
  return output === dataDirectory;
}

/** Whether any process has this id, whatever it is. */
export async function isAlive(processId: number): Promise<boolean> {
  if (Deno.build.os !== "linux") return await commandLine(processId) !== "";
  return (await look("test", ["-e", `/proc/${processId}`])).success;
}

async function commandLine(processId: number): Promise<string> {
  return (await look("ps", ["-o", "command=", "-p", `${processId}`])).output;
}

async function look(program: string, args: readonly string[]): Promise<ProgramResult> {
  return await runProgram(program, args, { cwd: "/", deadlineMs: LOOK_DEADLINE_MS });
}
