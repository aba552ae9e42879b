import { DeadlineError, errorText, SetupError } from "../errors.ts";
import { sleep, withDeadline } from "../lifecycle.ts";

/** A system account that a program runs as, when we are root and the program must not be. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** How to run a program. */
export interface ProgramOptions {
  /** Undefined runs it as ourselves. */
  readonly account?: Account | undefined;
  /** Must be a folder that the account can enter. */
  readonly cwd: string;
  /** The program is ended when it takes longer. */
  readonly deadlineMs: number;
  /** Ends the program early. */
  readonly signal?: AbortSignal | undefined;
}

/** How a program ended. */
export interface ProgramResult {
  readonly success: boolean;
  /** Standard output followed by standard error, trimmed. */
  readonly output: string;
}

/** Between SIGTERM and SIGKILL, and for the output of a program that has ended. */
const GRACE_MS = 2000;

/**
 * A fixed environment: messages in one language, and nothing (`PGPORT`, `PGOPTIONS`, `LD_PRELOAD`)
 * that the user's shell has set for another Postgres.
 */
const ENVIRONMENT = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LC_ALL: "C",
};

/**
 * Runs a program to its end and returns what it printed, whether it succeeded or not.
 *
 * @throws {SetupError} when it cannot be started
 * @throws {DeadlineError} when it takes longer than its deadline; it is then ended
 * @throws the signal's reason when that aborts first; the program is then ended
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<ProgramResult> {
  options.signal?.throwIfAborted();
  const child = spawn(program, args, options);
  const output = Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  const ended = new AbortController();
  const stop = () => void endChild(child, ended.signal);
  options.signal?.addEventListener("abort", stop, { once: true });
  try {
    const status = await withDeadline(child.status, options.deadlineMs, `run ${program}`);
    options.signal?.throwIfAborted();
    // A grandchild that outlives the program may hold its pipes open.
    const texts = await withDeadline(output, GRACE_MS, `read the output of ${program}`);
    return { success: status.success, output: texts.join("").trim() };
  } catch (error) {
    if (error instanceof DeadlineError) await endChild(child, ended.signal);
    throw error;
  } finally {
    ended.abort();
    options.signal?.removeEventListener("abort", stop);
  }
}

function spawn(
  program: string,
  args: readonly string[],
  { account, cwd }: ProgramOptions,
): Deno.ChildProcess {
  try {
    return new Deno.Command(program, {
      args: [...args],
      ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
      cwd,
      env: ENVIRONMENT,
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    throw new SetupError(`Cannot run ${program}: ${errorText(error)}`, { cause: error });
  }
}

async function endChild(child: Deno.ChildProcess, ended: AbortSignal): Promise<void> {
  if (!tryKill(child, "SIGTERM")) return;
  await Promise.race([child.status, sleep(GRACE_MS, ended)]);
  if (!ended.aborted) tryKill(child, "SIGKILL");
}

/** Returns false when the child has already ended. */
function tryKill(child: Deno.ChildProcess, signal: Deno.Signal): boolean {
  try {
    child.kill(signal);
    return true;
  } catch (error) {
    if (error instanceof TypeError || error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
