import { join } from "node:path";
import * as v from "valibot";
import { type CommandResult, runCommand } from "./command.ts";

/** What the benchmark builds or fetches before it measures: everything lands in `.data/bench`. */
export interface Tool {
  readonly command: string;
  /** Come before the arguments of the run. */
  readonly args: readonly string[];
  /** For the results file. */
  readonly versions: Readonly<Record<string, string>>;
}

/** A tool, or why it cannot be had on this machine. */
export type Found = { readonly ok: true; readonly tool: Tool } | {
  readonly ok: false;
  readonly reason: string;
};

/** Every tool, by name. */
export type ToolName =
  | "generator"
  | "receiver"
  | "control"
  | "ws"
  | "bun"
  | "deno"
  | "seed"
  | "seed_rust"
  | "quotewire";

/** Among the versions of a generator in C that can read compressed frames. */
export const ZLIB = "zlib";

const ROOT = new URL("../", import.meta.url).pathname;
const BENCH = join(ROOT, "bench");
/** Outside `node_modules` and unknown to deno.json: peers are no dependencies of Quotewire. */
const FOLDER = join(ROOT, ".data", "bench");
const PEER_PACKAGES = { ws: "8.23.0", bun: "1.4.5" };
const tasksSchema = v.object({ tasks: v.object({ serve: v.object({ command: v.string() }) }) });
const BUILD_DEADLINE_MS = 300_000;

/** Builds and fetches tools when they are first asked for. */
export class Toolchain {
  readonly #found = new Map<ToolName, Promise<Found>>();
  readonly #packages = new Map<string, Promise<CommandResult>>();
  readonly #makers: Readonly<Record<ToolName, () => Promise<Found>>> = {
    generator: () => this.#generator(),
    receiver: () => denoProgram("receiver.ts"),
    control: () => compileC("control", []),
    ws: () => this.#ws(),
    bun: () => this.#bun(),
    deno: () => denoProgram("peers/deno.ts"),
    seed: () => denoProgram("peers/seed.ts"),
    seed_rust: () => this.#seedRust(),
    quotewire: () => quotewireProgram(),
  };

  async find(name: ToolName): Promise<Found> {
    const known = this.#found.get(name) ?? this.#makers[name]();
    this.#found.set(name, known);
    return await known;
  }

  /** The load generator in C, with zlib where there is one; in TypeScript where nothing compiles. */
  async #generator(): Promise<Found> {
    const withZlib = await compileC("generator", ["-DWITH_ZLIB"], ["-lz"]);
    if (withZlib.ok) {
      const versions = { ...withZlib.tool.versions, [ZLIB]: "linked" };
      return { ok: true, tool: { ...withZlib.tool, versions } };
    }
    const plain = await compileC("generator", []);
    return plain.ok ? plain : await denoProgram("receiver.ts");
  }

  async #ws(): Promise<Found> {
    const node = await runCommand("node", ["--version"]);
    if (!node.ok) return { ok: false, reason: node.output };
    const installed = await this.#install("ws");
    if (!installed.ok) return { ok: false, reason: installed.output };
    return {
      ok: true,
      tool: {
        command: "node",
        args: [join(FOLDER, "ws", "ws.js")],
        versions: { node: node.output.trim(), ws: PEER_PACKAGES.ws },
      },
    };
  }

  async #bun(): Promise<Found> {
    const installed = await this.#install("bun");
    if (!installed.ok) return { ok: false, reason: installed.output };
    const modules = join(FOLDER, "bun", "node_modules");
    // The package's own script moves the binary; package managers may have left that out.
    const places = [join(modules, "bun", "bin", "bun.exe"), join(modules, ".bin", "bun")];
    for await (const { name } of Deno.readDir(join(modules, "@oven"))) {
      places.push(join(modules, "@oven", name, "bin", "bun"));
    }
    for (const command of places) {
      const { ok, output } = await runCommand(command, ["--version"]);
      if (!ok) continue;
      const args = [join(FOLDER, "bun", "bun.js")];
      return { ok: true, tool: { command, args, versions: { bun: output.trim() } } };
    }
    return { ok: false, reason: "npm's bun has no binary for this machine" };
  }

  async #seedRust(): Promise<Found> {
    const cargo = await runCommand("cargo", ["--version"]);
    if (!cargo.ok) return { ok: false, reason: cargo.output };
    const target = join(FOLDER, "rust");
    const built = await runCommand("cargo", [
      "build",
      "--release",
      "--locked",
      "--quiet",
      "--target-dir",
      target,
    ], { cwd: join(BENCH, "seed_rust"), deadlineMs: BUILD_DEADLINE_MS });
    if (!built.ok) return { ok: false, reason: `cargo cannot build it: ${lastLine(built.output)}` };
    const versions = { cargo: cargo.output.trim(), "tokio-tungstenite": await lockedVersion() };
    return { ok: true, tool: { command: join(target, "release", "seed"), args: [], versions } };
  }

  async #install(name: keyof typeof PEER_PACKAGES): Promise<CommandResult> {
    const known = this.#packages.get(name) ?? installPeer(name, PEER_PACKAGES[name]);
    this.#packages.set(name, known);
    return await known;
  }
}

async function installPeer(name: string, version: string): Promise<CommandResult> {
  const folder = join(FOLDER, name);
  await Deno.mkdir(folder, { recursive: true });
  const manifest = { private: true, type: "module", dependencies: { [name]: version } };
  await Deno.writeTextFile(join(folder, "package.json"), JSON.stringify(manifest));
  for (const file of [`${name}.js`, "stream.js"]) {
    await Deno.copyFile(join(BENCH, "peers", file), join(folder, file));
  }
  const options = ["install", "--no-audit", "--no-fund", "--prefix", folder];
  const result = await runCommand("npm", options, { cwd: folder, deadlineMs: BUILD_DEADLINE_MS });
  return result.ok ? result : { ok: false, output: `npm install: ${lastLine(result.output)}` };
}

async function compileC(
  name: string,
  defines: readonly string[],
  libraries: readonly string[] = [],
): Promise<Found> {
  await Deno.mkdir(FOLDER, { recursive: true });
  const command = join(FOLDER, name);
  const source = join(BENCH, "native", `${name}.c`);
  // Another run may be executing the one from before.
  const fresh = `${command}.${Deno.pid}`;
  const built = await runCommand("cc", ["-O2", ...defines, "-o", fresh, source, ...libraries]);
  if (!built.ok) {
    return { ok: false, reason: `cannot compile ${name}.c: ${lastLine(built.output)}` };
  }
  await Deno.rename(fresh, command);
  const version = await runCommand("cc", ["--version"]);
  const versions = { cc: version.output.split("\n")[0] ?? "unknown" };
  return { ok: true, tool: { command, args: [], versions } };
}

/** With what `deno task serve` sets in the environment. */
async function quotewireProgram(): Promise<Found> {
  const { tasks } = v.parse(
    tasksSchema,
    JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json"))),
  );
  const settings = tasks.serve.command.split(" ").filter((word) => /^[A-Z0-9_]+=/.test(word));
  const found = await denoProgram("peers/quotewire.ts");
  if (!found.ok) return found;
  const { command, args, versions } = found.tool;
  return { ok: true, tool: { command: "env", args: [...settings, command, ...args], versions } };
}

function denoProgram(path: string): Promise<Found> {
  const { deno, v8 } = Deno.version;
  return Promise.resolve({
    ok: true,
    tool: {
      command: Deno.execPath(),
      args: ["run", "-A", join(BENCH, path)],
      versions: { deno, v8 },
    },
  });
}

async function lockedVersion(): Promise<string> {
  const lock = await Deno.readTextFile(join(BENCH, "seed_rust", "Cargo.lock"));
  return /name = "tokio-tungstenite"\nversion = "(.+)"/.exec(lock)?.[1] ?? "unknown";
}

function lastLine(output: string): string {
  return output.trim().split("\n").at(-1) ?? "";
}
