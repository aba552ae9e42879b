/** A program of the operating system's that tests need. */
export interface SystemProgram {
  /** What it is called in messages: "Chromium". */
  readonly title: string;
  /** Its names on `PATH`; the first that is there is taken. */
  readonly names: readonly string[];
  /** The environment variable that names its file in place of `PATH`. */
  readonly variable: string;
  /** Debian's package. */
  readonly aptPackage: string;
}

const found = new Map<string, Promise<string>>();

/**
 * Path of a program; installs it where that is possible.
 *
 * @throws {Error} that says what to install when it is not there and cannot be installed
 */
export function ensureProgram(program: SystemProgram): Promise<string> {
  const path = found.get(program.title) ?? findProgram(program);
  found.set(program.title, path);
  return path;
}

async function findProgram(program: SystemProgram): Promise<string> {
  const { title, names, variable, aptPackage } = program;
  const named = Deno.env.get(variable);
  if (named !== undefined && named !== "") {
    if (await isFile(named)) return named;
    throw new Error(`Cannot start ${title}: ${variable} must name a file, is ${named}`);
  }
  const path = await findOnPath(names) ?? await install(program);
  if (path !== undefined) return path;
  throw new Error(
    `Cannot start ${title}: must be installed, found none of ${names.join(", ")} on PATH. ` +
      `Install it (Debian, Ubuntu: apt-get install ${aptPackage}), or set ${variable} to its file`,
  );
}

/** Installs the distribution's package where that needs no one's leave. */
async function install({ title, names, aptPackage }: SystemProgram): Promise<string | undefined> {
  if (Deno.uid() !== 0 || await findOnPath(["apt-get"]) === undefined) return undefined;
  const notice = `Installing ${title} with apt-get, for the tests\n`;
  Deno.stderr.writeSync(new TextEncoder().encode(notice));
  const lock = ["-o", "DPkg::Lock::Timeout=300"];
  await runAptGet(title, [...lock, "update"]);
  await runAptGet(title, [...lock, "install", "--yes", "--no-install-recommends", aptPackage]);
  return await findOnPath(names);
}

async function runAptGet(title: string, args: readonly string[]): Promise<void> {
  const { success, code, stderr } = await new Deno.Command("apt-get", {
    args: [...args],
    env: { DEBIAN_FRONTEND: "noninteractive" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal: AbortSignal.timeout(600_000),
  }).output();
  if (success) return;
  const reason = new TextDecoder().decode(stderr).trim();
  throw new Error(`Cannot install ${title}: apt-get must succeed, ended with ${code}: ${reason}`);
}

/** Debian keeps servers where only root's `PATH` leads. */
async function findOnPath(names: readonly string[]): Promise<string | undefined> {
  const folders = [...(Deno.env.get("PATH") ?? "").split(":"), "/usr/sbin", "/usr/local/sbin"];
  for (const name of names) {
    for (const folder of folders) {
      const path = `${folder}/${name}`;
      if (folder !== "" && await isFile(path)) return path;
    }
  }
  return undefined;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}
