/** Programs of the system, and packages of the distribution that bring those that are missing. */

const DEADLINE_MS = 600_000;

/** Path of the first of these programs that is on `PATH`. */
export async function findOnPath(names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
      const path = `${folder}/${name}`;
      if (folder !== "" && await isFile(path)) return path;
    }
  }
  return undefined;
}

/** Whether there is a file, and not a folder, at that path. */
export async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}

/** Whether packages can be had here without anybody's leave. */
export async function hasApt(): Promise<boolean> {
  return Deno.uid() === 0 && await findOnPath(["apt-get"]) !== undefined;
}

/** Says on standard error, where a run's other notices go, what takes a while. */
export function announce(what: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${what}\n`));
}

/**
 * Runs `apt-get`, which waits for others that do the same.
 *
 * @param what named in the failure: "install Chromium"
 * @param cwd where to; it matters to `download` alone
 * @throws {Error} when it fails
 */
export async function runAptGet(
  what: string,
  args: readonly string[],
  cwd = "/",
): Promise<void> {
  await runProgram(what, "apt-get", ["-o", "DPkg::Lock::Timeout=300", ...args], cwd);
}

/** Runs a program to its end. @throws {Error} with what it wrote on standard error when it fails */
export async function runProgram(
  what: string,
  command: string,
  args: readonly string[],
  cwd: string,
): Promise<void> {
  const { success, code, stderr } = await new Deno.Command(command, {
    args: [...args],
    cwd,
    env: { DEBIAN_FRONTEND: "noninteractive" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal: AbortSignal.timeout(DEADLINE_MS),
  }).output();
  if (success) return;
  const reason = new TextDecoder().decode(stderr).trim();
  throw new Error(`Cannot ${what}: ${command} must succeed, ended with ${code}: ${reason}`);
}
