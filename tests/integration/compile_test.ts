import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import config from "../../deno.json" with { type: "json" };
import { freePort } from "../support/free_port.ts";
import { testDatabase } from "../support/postgres.ts";
import { RunningProgram } from "../support/running_program.ts";
import { processTest } from "../support/server_stage.ts";
import { waitFor } from "../support/wait_for.ts";

/** It compiles, and then its first command unpacks: a busy machine takes its time. */
const DEADLINE_MS = 120_000;

/** The one file, in a folder where else is nothing, and how to run it there without a package to be had. */
interface OneFile extends AsyncDisposable {
  readonly path: string;
  readonly folder: string;
  run(command: string, args?: readonly string[], env?: Record<string, string>): RunningProgram;
}

/** Compiled by somebody whose files are nobody else's business, as an ordinary user may be. */
async function oneFile(): Promise<OneFile> {
  const root = await Deno.makeTempDir();
  await Deno.chmod(root, 0o755);
  const path = join(root, "quotewire");
  const compiler = fileURLToPath(new URL("../../tools/compile.ts", import.meta.url));
  const { success, stderr } = await new Deno.Command("sh", {
    args: ["-c", 'umask 077; exec "$@"', "sh", Deno.execPath(), "run", "-A", compiler, path],
    env: { TAR_OPTIONS: "--owner=4711 --group=4711" },
    signal: AbortSignal.timeout(DEADLINE_MS),
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  const folder = join(root, "elsewhere");
  await Deno.mkdir(folder);
  const surroundings = {
    QUOTEWIRE_CACHE: join(root, "cache"),
    DENO_DIR: join(root, "no packages"),
    NPM_CONFIG_REGISTRY: "http://127.0.0.1:1/",
  };
  return {
    path,
    folder,
    run: (command, args = [], env = {}) =>
      new RunningProgram(path, [command, ...args], { ...surroundings, ...env }, folder),
    async [Symbol.asyncDispose]() {
      await Deno.remove(root, { recursive: true });
    },
  };
}

async function readJson(url: string): Promise<Record<string, unknown>> {
  return await (await fetch(url)).json();
}

processTest(
  "The one file runs every command from an empty folder, with nothing installed",
  async () => {
    await using file = await oneFile();
    {
      await using version = file.run("--version");
      assert.equal(await version.exit(DEADLINE_MS), 0, version.errors);
      assert.ok(version.output.startsWith(`Quotewire ${config.version} (Deno `));
    }
    await refuses(file, ["--unpack", file.folder], /must not be there yet/);
    await refuses(file, ["--unpack", `${file.folder}/a,b`], /without a comma/);
    await unpacksForAll(file);
    await serveAndWatch(file);
    await demo(file);
  },
);

/**
 * What broke: unpacked by root, the program belonged to whoever had compiled it, who could change what the
 * server runs, and nobody else could enter its folder.
 */
async function unpacksForAll(file: OneFile): Promise<void> {
  const folder = join(file.folder, "installed");
  await using program = file.run("--unpack", [folder]);
  assert.equal(await program.exit(DEADLINE_MS), 0, program.errors);
  for (const path of ["", "quotewire", "deno", "app", "app/main.ts", "app/src/server"]) {
    const { uid, mode, isDirectory } = await Deno.stat(join(folder, path));
    assert.equal(uid, Deno.uid(), path);
    const rights = isDirectory || path === "quotewire" || path === "deno" ? 0o755 : 0o644;
    assert.equal((mode ?? 0) & 0o777, rights, path);
  }
  await Deno.remove(folder, { recursive: true });
}

async function serveAndWatch(file: OneFile): Promise<void> {
  await using database = await testDatabase({ empty: true });
  const [port, metricsPort] = [freePort(), freePort()];
  const url = `http://127.0.0.1:${port}`;
  await Deno.writeTextFile(join(file.folder, ".env"), `DATABASE_URL=${database.url}\nWORKERS=2\n`);
  const env = { PORT: String(port), METRICS_PORT: String(metricsPort) };
  await using migrate = file.run("migrate");
  assert.equal(await migrate.exit(DEADLINE_MS), 0, migrate.errors);
  await using server = file.run("serve", [], env);
  await server.shows("Dashboard: ", DEADLINE_MS);
  await using aggregator = file.run("aggregator", [], env);
  await using watch = file.run("watch", [url]);
  await watch.shows(/\tAAPL\t/, DEADLINE_MS);
  for (const path of ["/", "/dist/main.js", "/test_client.html"]) {
    const response = await fetch(url + path);
    assert.equal(response.status, 200, path);
    await response.body?.cancel();
  }
  await using health = file.run("health", ["--ready"], env);
  assert.equal(await health.exit(DEADLINE_MS), 0, health.errors);
  // The permissions are those of the task.
  await refuses(file, ["aggregator"], /Cannot replay .*: Requires read access/, {
    AGGREGATOR_SOURCES: "replay",
    REPLAY_FILE: file.path,
  });
  for (const program of [watch, aggregator, server]) program.kill("SIGTERM");
  assert.equal(await server.exit(DEADLINE_MS), 0, server.errors);
  assert.equal(await aggregator.exit(DEADLINE_MS), 0, aggregator.errors);
}

async function refuses(
  file: OneFile,
  [command = "", ...args]: readonly string[],
  reason: RegExp,
  env: Record<string, string> = {},
): Promise<void> {
  await using program = file.run(command, args, env);
  assert.equal(await program.exit(DEADLINE_MS), 1, program.output);
  assert.match(program.errors, reason);
}

async function demo(file: OneFile): Promise<void> {
  await Deno.remove(join(file.folder, ".env"));
  const port = freePort();
  await using program = file.run("demo", [], { PORT: String(port), WORKERS: "1" });
  await program.shows("Dashboard: ", DEADLINE_MS);
  await waitFor("prices", async () => {
    const { quotes } = await readJson(`http://127.0.0.1:${port}/api/prices`);
    return Array.isArray(quotes) && quotes.length > 0;
  }, DEADLINE_MS);
  program.kill("SIGTERM");
  assert.equal(await program.exit(DEADLINE_MS), 0, program.errors);
}
