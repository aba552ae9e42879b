import assert from "node:assert/strict";
import config from "../deno.json" with { type: "json" };
import { launcher } from "./launcher.ts";

/** What the launcher gives to `deno`, with "HOME" for its own folder, and two of its settings. */
async function runsAs(command: string, env: Record<string, string> = {}) {
  const home = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${home}/quotewire`, launcher(config), { mode: 0o755 });
    const echo = '#!/bin/sh\nprintf "%s\\n" "$@" "${DENO_V8_FLAGS-}" "${MALLOC_TOP_PAD_-}"\n';
    await Deno.writeTextFile(`${home}/deno`, echo, { mode: 0o755 });
    const { stdout } = await new Deno.Command(`${home}/quotewire`, {
      args: [command, "an argument"],
      env: { PATH: "/usr/bin:/bin", ...env },
      clearEnv: true,
    }).output();
    const text = new TextDecoder().decode(stdout).replaceAll(await Deno.realPath(home), "HOME");
    const lines = text.split("\n");
    return { words: lines.slice(0, -3), v8Flags: lines.at(-3), topPad: lines.at(-2) };
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

Deno.test("launcher() gives a command the flags of its task, and files where they are", async () => {
  const { words } = await runsAs("aggregator");
  assert.deepEqual(words, [
    "run",
    "--cached-only",
    "--config",
    "HOME/app/deno.json",
    "-q",
    "--no-prompt",
    "-P=aggregator",
    "--allow-read=.env,HOME/app/migrations,.data",
    "HOME/app/main.ts",
    "aggregator",
    "an argument",
  ]);
});

Deno.test("launcher() knows every command that a task runs", async () => {
  const script = launcher(config);
  const source = await Deno.readTextFile(new URL("../main.ts", import.meta.url));
  const commands = [...source.matchAll(/^ {2}"?([a-z-]+)"?: \{$/gm)].map(([, name]) => name);
  assert.ok(commands.length >= 10);
  for (const name of commands) assert.ok(script.includes(`\n  ${name})\n`), name);
});

Deno.test("launcher() gives a command that may read all files no list of them", async () => {
  const { words } = await runsAs("demo");
  assert.ok(words.includes("-P=embedded"));
  assert.deepEqual(words.filter((word) => word.startsWith("--allow")), []);
});

Deno.test("launcher() lets a command that it does not know read nothing but .env", async () => {
  const { words } = await runsAs("nonsense");
  assert.deepEqual(words.slice(4), [
    "-q",
    "--no-prompt",
    "--allow-read=.env",
    "HOME/app/main.ts",
    "nonsense",
    "an argument",
  ]);
});

Deno.test("launcher() makes the settings of a task, and leaves those that are there", async () => {
  const { v8Flags, topPad } = await runsAs("serve", { MALLOC_TOP_PAD_: "4096" });
  assert.deepEqual([v8Flags, topPad], [
    "--max-semi-space-size=2,--no-allocation-site-pretenuring",
    "4096",
  ]);
  assert.deepEqual((await runsAs("watch")).v8Flags, "");
});
