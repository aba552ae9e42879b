import { sleep } from "../src/lifecycle.ts";
import { PinnedProcess } from "./pinned_process.ts";

Deno.test("PinnedProcess is disposed of without a fault at whatever moment its program ends", async () => {
  // Deno refuses to send a signal to a program whose end it has seen and has not told yet, and a run of the
  // benchmark was thrown away.
  await Promise.all(Array.from({ length: 300 }, async (_, round) => {
    const args = [String(0.02 + round % 10 / 500)];
    await using _one = new PinnedProcess({ command: "sleep", args, cores: undefined });
    await sleep(300 + round % 60);
  }));
});
