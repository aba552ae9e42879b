import assert from "node:assert/strict";
import { HubPublisher } from "../../src/hub/publisher.ts";
import { withDeadline } from "../../src/lifecycle.ts";
import { SharedMetrics } from "../../src/metrics.ts";
import { WorkerPool } from "../../src/server/worker_pool.ts";
import { freePort } from "../support/free_port.ts";
import { lonelyDesk } from "../support/lonely_desk.ts";
import { aPoolConfig } from "../support/pool_config.ts";
import { testDatabase } from "../support/postgres.ts";
import type { Findings } from "../support/prying_worker.ts";
import { RunningProgram } from "../support/running_program.ts";
import { startServer } from "../support/server.ts";
import { flagsWithoutOne, taskFlags } from "../support/task_flags.ts";

// All tests that run `main.ts` run it with the permissions of its task. Here is what is left to say.

function test(name: string, run: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: run });
}

test("A worker can read the pages and listen on its port, and do nothing else", async () => {
  const port = freePort();
  const module = new URL("../support/prying_worker.ts", import.meta.url);
  const hub = new HubPublisher("poll");
  const desk = lonelyDesk();
  const pool = new WorkerPool(
    aPoolConfig({ port }),
    { hub, desk, metrics: new SharedMetrics(1) },
    module,
  );
  const channel = new BroadcastChannel("quotewire test pry");
  try {
    await pool.start();
    const answer = new Promise<Findings>((resolve) => {
      channel.onmessage = ({ data }) => resolve(data);
    });
    channel.postMessage("quotewire worker 0");
    const findings = await withDeadline(answer, 20_000, "hear what the worker could do");
    const { "read a page": page, ...others } = findings;
    assert.equal(page, "done");
    assert.ok(Object.keys(others).length > 10);
    for (const [attempt, outcome] of Object.entries(others)) {
      assert.equal(outcome, "NotCapable", attempt);
    }
    assert.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200);
  } finally {
    channel.close();
    await pool.close();
    await desk.close();
    hub.close();
  }
});

test("Nothing is denied to a server that serves, in either mode and with two workers", async () => {
  await using database = await testDatabase();
  for (const mode of ["poll", "listen"]) {
    await using server = await startServer({
      databaseUrl: database.url,
      env: { FEED_MODE: mode, LOG_LEVEL: "debug", ALLOWED_ORIGINS: "https://desk.example" },
    });
    for (const path of ["/", "/api/prices", "/api/stats", "/metrics", "/readyz", "/missing"]) {
      await (await fetch(server.url + path)).body?.cancel();
    }
    assert.equal(await server.stop(), 0);
    assert.doesNotMatch(server.lines.join("\n"), /NotCapable|Requires \w+ access/);
  }
});

test("serve says what to do instead when it is to run an own Postgres", async () => {
  await using program = new RunningProgram("env", [
    "DATABASE_URL=embedded:.data/never",
    Deno.execPath(),
    "run",
    ...taskFlags("serve"),
    "main.ts",
    "serve",
  ]);
  assert.equal(await program.exit(30_000), 1);
  assert.match(program.errors, /^Cannot run an own Postgres: must be allowed to run programs/);
});

// Two of these were told in Deno's words: a stack trace where `.env` could not be read, and "Can't escalate
// parent thread permissions" where the workers could not be given the pages.
for (
  const [file, flags, needed] of [
    [".env", [], /^read access to "\.env"$/],
    ["settings", ["--allow-read=.env"], /^env access to "\w+"$/],
    [
      "pages",
      ["--allow-read=.env,src,migrations,node_modules", "--allow-net", "--allow-env"],
      /^read access to "\S+\/static\/"$/,
    ],
  ] as const
) {
  test(`serve that may not read its ${file} says which permission it needs`, async () => {
    await using database = await testDatabase();
    const unpermitted = taskFlags("serve").filter((flag) => !flag.startsWith("-P"));
    await using program = new RunningProgram(
      Deno.execPath(),
      ["run", ...unpermitted, ...flags, "main.ts", "serve"],
      { DATABASE_URL: database.url, PORT: String(freePort()) },
    );
    assert.equal(await program.exit(30_000), 1);
    const [, need = program.errors, advice = ""] =
      /^Cannot run serve: Requires (.+), which is not granted\. (.+)/m.exec(program.errors) ?? [];
    assert.match(need, needed);
    assert.match(advice, /^docs\/security\.md says/);
  });
}

for (
  const [command, ...args] of [
    ["health"],
    ["watch", `http://127.0.0.1:${freePort()}`],
    ["top", `http://127.0.0.1:${freePort()}`],
  ] as const
) {
  test(`${command} has no permission that it could do without`, async () => {
    for (const { missing, flags } of flagsWithoutOne(command)) {
      await using program = new RunningProgram(Deno.execPath(), [
        ...["run", ...flags, "main.ts", command, ...args],
      ]);
      assert.equal(await program.exit(30_000), 1, missing);
      const [kind] = missing.split(" ");
      assert.match(program.errors, new RegExp(`Requires ${kind} access`), missing);
    }
  });
}
