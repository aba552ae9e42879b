import assert from "node:assert/strict";
import { PROJECT } from "../support/project_files.ts";

async function run(...args: string[]): Promise<{ code: number; text: string }> {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "tests/simulation/command.ts", ...args],
    cwd: PROJECT,
  }).output();
  return { code, text: new TextDecoder().decode(stdout) };
}

Deno.test("simulate replays a seed of which no deed is left", async () => {
  // A seed that breaks a promise without any deed was reported so, and was searched and shrunk anew.
  const { code, text } = await run("--seed=17", "--deeds=");
  assert.match(text, /^Trace [0-9a-f]+: all promises kept$/m);
  assert.equal(code, 0);
});

Deno.test("simulate refuses a deed that its seed does not have", async () => {
  // It left it out, and said that all promises were kept.
  for (const deed of ["x", "9999", "-1"]) {
    const { code, text } = await run("--seed=7", `--deeds=0,${deed}`);
    assert.match(
      text,
      new RegExp(`^Cannot read --deeds: must be from 0 to \\d+, is ${deed}$`, "m"),
    );
    assert.equal(code, 2);
  }
});
