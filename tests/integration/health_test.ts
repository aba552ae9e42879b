import assert from "node:assert/strict";
import { Authority } from "../support/authority.ts";
import { freePort } from "../support/free_port.ts";
import { testDatabase } from "../support/postgres.ts";
import { RunningProgram } from "../support/running_program.ts";
import { startServer } from "../support/server.ts";
import { taskFlags } from "../support/task_flags.ts";
import { waitFor } from "../support/wait_for.ts";

const DEADLINE_MS = 30_000;

function test(name: string, run: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: run });
}

/** What `main.ts health` answers in an environment with these variables. */
async function health(variables: Record<string, string>, ...args: string[]) {
  await using program = new RunningProgram("env", [
    ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    ...[Deno.execPath(), "run", ...taskFlags("health"), "main.ts", "health", ...args],
  ]);
  const code = await program.exit(DEADLINE_MS);
  return { code, output: program.output, errors: program.errors };
}

test("health is content with a server that answers, and --ready with one that has prices", async () => {
  await using database = await testDatabase();
  await using server = await startServer({ databaseUrl: database.url });
  const variables = { PORT: String(server.port) };
  assert.deepEqual(await health(variables), { code: 0, output: '{"status":"ok"}\n', errors: "" });
  await waitFor("the feed to be live", async () => {
    return (await health(variables, "--ready")).code === 0;
  }, DEADLINE_MS);
});

test("health asks a server on all addresses by TLS, whatever name its certificate bears", async () => {
  await using authority = await Authority.create();
  const { certPath, keyPath } = await authority.issue();
  await using server = await startServer({
    databaseUrl: `postgres://nobody@127.0.0.1:${freePort()}/none`,
    env: { TLS_CERT: certPath, TLS_KEY: keyPath, HOST: "0.0.0.0" },
  });
  const variables = {
    PORT: String(server.port),
    HOST: "0.0.0.0",
    TLS_CERT: certPath,
    TLS_KEY: keyPath,
  };
  assert.equal((await health(variables)).code, 0);
  // Its database has never been there.
  const { code, errors } = await health(variables, "--ready");
  assert.equal(code, 1);
  assert.match(errors, /^Cannot call the server healthy: .* must answer 200, answers 503 .*"down"/);
});

test("health fails within seconds where nothing answers", async () => {
  const port = freePort();
  const refused = await health({ PORT: String(port) });
  assert.equal(refused.code, 1);
  assert.match(refused.errors, /^Cannot reach http:\/\/127\.0\.0\.1:\d+\/healthz: .*ECONNREFUSED/);
  using _mute = Deno.listen({ hostname: "127.0.0.1", port });
  const silent = await health({ PORT: String(port) });
  assert.equal(silent.code, 1);
  assert.match(silent.errors, /: must answer within 3000 ms\n$/);
});
