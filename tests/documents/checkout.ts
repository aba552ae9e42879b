import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isAlive } from "../../src/db/embedded_postmaster.ts";
import { PROJECT, projectFiles } from "../support/project_files.ts";
import { waitFor } from "../support/wait_for.ts";
import { projectVersions } from "./versions.ts";

/**
 * A copy of the project in which documents' commands can be run as they stand: what they build, write and
 * read, from `static/dist` to `certs` and `.data`, is not the project's own.
 */
export interface Checkout extends AsyncDisposable {
  readonly folder: string;
  /** Where a shell finds `deno`, `npx` and what else a command may need. */
  readonly path: string;
}

/** In the folder that git and Deno pass over; a copy elsewhere might not be on the same file system. */
const PARENT = new URL(".data/", PROJECT);
const PREFIX = "documents-";
const LEAVE_DEADLINE_MS = 30_000;

/** Makes a copy: the files are the same, so it costs neither time nor room. */
export async function copyProject(): Promise<Checkout> {
  await Deno.mkdir(PARENT, { recursive: true });
  await removeLeftovers();
  const prefix = `${PREFIX}${Deno.pid}-`;
  const folder = await Deno.makeTempDir({ dir: fileURLToPath(PARENT), prefix });
  // Postgres runs as another user where the tests run as root, and has to get in.
  await Deno.chmod(folder, 0o755);
  const copied = await projectFiles();
  for (const parent of new Set(copied.map((path) => join(folder, dirname(path))))) {
    await Deno.mkdir(parent, { recursive: true });
  }
  // Not linked: an editor that writes in place, or a command, would change the project's own file.
  await Promise.all(
    copied.map((path) => Deno.copyFile(new URL(path, PROJECT), join(folder, path))),
  );
  await linkPackages(folder);
  const tools = join(folder, ".data", "bin");
  await Deno.mkdir(tools, { recursive: true });
  for (const [name, script] of Object.entries(await toolScripts())) {
    await Deno.writeTextFile(join(tools, name), script, { mode: 0o755 });
  }
  return {
    folder,
    path: `${tools}:${Deno.env.get("PATH") ?? ""}`,
    [Symbol.asyncDispose]: () => removeWhenLeft(folder),
  };
}

/** Copies of test runs that were killed. */
async function removeLeftovers(): Promise<void> {
  for await (const { name } of Deno.readDir(PARENT)) {
    const owner = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (owner === undefined || await isAlive(Number(owner))) continue;
    await Deno.remove(new URL(name, PARENT), { recursive: true });
  }
}

/** A Postgres that a command has started may still write its last words. */
async function removeWhenLeft(folder: string): Promise<void> {
  await waitFor(`${folder} to be left alone`, async () => {
    try {
      await Deno.remove(folder, { recursive: true });
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return true;
      if (error instanceof Error && "code" in error && error.code === "ENOTEMPTY") return false;
      throw error;
    }
  }, LEAVE_DEADLINE_MS);
}

async function linkPackages(folder: string): Promise<void> {
  const source = fileURLToPath(new URL("node_modules", PROJECT));
  const { success, stderr } = await new Deno.Command("cp", {
    args: ["-R", "-P", "-l", source, join(folder, "node_modules")],
  }).output();
  if (!success) throw new Error(`Cannot copy packages: ${new TextDecoder().decode(stderr)}`);
}

/**
 * What stands in for programs that a command names: this Deno, and the packages of the lock file. A machine
 * without curl or openssl, which readers have and tests need not, gets what the documents use of them.
 */
async function toolScripts(): Promise<Record<string, string>> {
  const { deno, packages } = await projectVersions();
  const path = `PATH="\${PATH#*:}"`;
  const known = packages.map((name) => `    ${name}) exec "$deno" run -A -q "npm:${name}" "$@" ;;`);
  return {
    deno: `#!/bin/sh\nexec '${Deno.execPath()}' "$@"\n`,
    npx: `#!/bin/sh
# The registry is not asked: what is named has to be what the project has.
deno='${Deno.execPath()}'
[ "$1" = "-y" ] || { echo "npx must be run with -y, or it asks" >&2; exit 64; }
name="$2"; shift 2
case "$name" in
    deno@${deno}) exec "$deno" "$@" ;;
${known.join("\n")}
    *) echo "npx $name: must be deno@${deno} or an exact version of deno.json" >&2; exit 64 ;;
esac
`,
    curl: `#!/bin/sh
${path}; if command -v curl >/dev/null; then exec curl "$@"; fi
for url; do :; done
case "$url" in *://*) ;; *) url="http://$url" ;; esac
exec '${Deno.execPath()}' eval 'console.log(await (await fetch(Deno.args[0])).text())' "$url"
`,
    openssl: `#!/bin/sh
${path}; if command -v openssl >/dev/null; then exec openssl "$@"; fi
od -An -v -tx1 -N "$3" /dev/urandom | tr -d ' \\n'
`,
  };
}
