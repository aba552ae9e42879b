import assert from "node:assert/strict";
import { waitFor } from "../tests/support/wait_for.ts";
import { processUsage } from "./process_usage.ts";

Deno.test("processUsage() sees the descendants of a process", async () => {
  const parent = new Deno.Command("sh", {
    args: ["-c", "sleep 60 & echo ready; wait"],
    stdout: "piped",
  }).spawn();
  try {
    await parent.stdout.getReader({ mode: "byob" }).read(new Uint8Array(16));
    const { residentBytes } = processUsage(parent.pid);
    const [own = ""] = /Rss:.*/.exec(
      await Deno.readTextFile(`/proc/${parent.pid}/smaps_rollup`),
    ) ?? [];
    assert.ok(residentBytes > Number(/\d+/.exec(own)?.[0]) * 1024);
  } finally {
    const children = await Deno.readTextFile(`/proc/${parent.pid}/task/${parent.pid}/children`);
    for (const pid of children.trim().split(" ")) Deno.kill(Number(pid));
    await parent.status;
  }
});

Deno.test("processUsage() says that a process has ended, even one that nobody has waited for", async () => {
  // A server that ended while its memory was looked at ended the whole benchmark. The child ends when its
  // parent is no shell any more: that would wait for it, at times before it is looked at here.
  const child = "until grep -q sleep /proc/$$/comm; do :; done";
  const parent = new Deno.Command("sh", {
    args: ["-c", `(${child}) & echo $!; exec sleep 60`],
    stdout: "piped",
  }).spawn();
  try {
    const { value } = await parent.stdout.getReader({ mode: "byob" }).read(new Uint8Array(16));
    const pid = Number(new TextDecoder().decode(value));
    const isZombie = () => / Z /.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
    await waitFor("its end", isZombie);
    assert.throws(() => processUsage(pid), Deno.errors.NotFound);
  } finally {
    parent.kill();
    await parent.status;
  }
});
