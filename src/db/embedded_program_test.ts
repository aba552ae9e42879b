import assert from "node:assert/strict";
import { DeadlineError, SetupError } from "../errors.ts";
import { runProgram } from "./embedded_program.ts";

const OPTIONS = { cwd: "/", deadlineMs: 10_000 };

Deno.test("runProgram() returns what the program printed on both streams", async () => {
  const result = await runProgram("sh", ["-c", "echo one; echo two >&2"], OPTIONS);
  assert.deepEqual(result, { success: true, output: "one\ntwo" });
});

Deno.test("runProgram() reports failure rather than throwing it", async () => {
  const result = await runProgram("sh", ["-c", "echo no >&2; exit 3"], OPTIONS);
  assert.deepEqual(result, { success: false, output: "no" });
});

Deno.test("runProgram() keeps the user's environment from the program", async () => {
  Deno.env.set("PGOPTIONS", "--work_mem=1");
  try {
    const { output } = await runProgram("env", [], OPTIONS);
    assert.match(output, /^LC_ALL=C$/m);
    assert.doesNotMatch(output, /PGOPTIONS/);
  } finally {
    Deno.env.delete("PGOPTIONS");
  }
});

Deno.test("runProgram() names a program that is not there", async () => {
  await assert.rejects(
    runProgram("quotewire-absent", [], OPTIONS),
    (error) => error instanceof SetupError && /^Cannot run quotewire-absent: /.test(error.message),
  );
});

Deno.test("runProgram() ends a program that takes too long", async () => {
  await assert.rejects(runProgram("sleep", ["60"], { ...OPTIONS, deadlineMs: 50 }), DeadlineError);
});

Deno.test("runProgram() ends a program when it is told to", async () => {
  const controller = new AbortController();
  const run = runProgram("sleep", ["60"], { ...OPTIONS, signal: controller.signal });
  controller.abort();
  await assert.rejects(run, { name: "AbortError" });
});

Deno.test("runProgram() starts nothing after the signal", async () => {
  await assert.rejects(
    runProgram("quotewire-absent", [], { ...OPTIONS, signal: AbortSignal.abort() }),
    { name: "AbortError" },
  );
});
