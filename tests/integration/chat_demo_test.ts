import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { RunningProgram } from "../support/running_program.ts";

/** It takes 10 s on a machine that does nothing else. */
const DEADLINE_MS = 90_000;
const STOP_DEADLINE_MS = 30_000;

Deno.test("demo-chat shows everything that it promises and leaves nothing behind", async () => {
  const before = demoFolders();
  await using demo = RunningProgram.main("demo-chat");
  assert.equal(await demo.exit(DEADLINE_MS), 0, demo.output + demo.errors);
  assert.match(demo.output, /ada +hears +\* grace joined/);
  assert.match(demo.output, /10\. [^]+reader +reads +each message of the history once/);
  assert.match(demo.output, /Everything above has happened/);
  assert.deepEqual(demoFolders().filter((name) => !before.includes(name)), []);
});

Deno.test("demo-chat stops in order on Ctrl-C", async () => {
  await using demo = RunningProgram.main("demo-chat");
  await demo.shows("ada      joins", 30_000);
  demo.kill("SIGINT");
  assert.equal(await demo.exit(STOP_DEADLINE_MS), 130);
  assert.doesNotMatch(demo.errors, /Uncaught|Cannot/);
});

function demoFolders(): string[] {
  return Array.from(Deno.readDirSync(tmpdir()), ({ name }) => name)
    .filter((name) => name.startsWith("quotewire-demo-"));
}
