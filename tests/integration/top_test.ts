import assert from "node:assert/strict";
import { authTest, DESK_TOKEN } from "../support/auth_stage.ts";
import { RECOVERY_DEADLINE_MS } from "../support/fault_promise.ts";
import { PseudoTerminal } from "../support/pseudo_terminal.ts";
import { RunningProgram } from "../support/running_program.ts";
import { startServer } from "../support/server.ts";
import { processTest, serverTest } from "../support/server_stage.ts";
import { freePort } from "../support/free_port.ts";
import { waitFor } from "../support/wait_for.ts";

const EXIT_DEADLINE_MS = 30_000;

/** A proxy whose answers to `/api/stats` come from wherever `answer` takes them. */
function statsProxy(answer: () => Promise<Response>) {
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  const server = Deno.serve(options, answer);
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

authTest("top shows a server that asks for a token to somebody who has it", async ({ server }) => {
  const env = { QUOTEWIRE_TOKEN: DESK_TOKEN };
  await using program = RunningProgram.mainIn(env, "top", server.url, "--once", "--interval=0.5");
  assert.equal(await program.exit(EXIT_DEADLINE_MS), 0, program.errors);
  const text = program.output;
  assert.match(
    text,
    /^. Feed (?:live|delayed) {2}http:\/\/127\.0\.0\.1:\d+ {2}up .+ {2}Quotewire \d/,
  );
  assert.match(text, /^Feed +listen, [\d.]+ m?s old {2}[\d.,<]+ reads\/s/m);
  assert.match(text, /^Clients +0 of [\d,]+ \(0 %\)/m);
  assert.match(text, /^main +\d+ %/m);
  assert.match(text, /^1 +0 +\d+ %/m);
  assert.match(text, /^feed +quotewire\.v1\.deflate +0 +0$/m);
});

authTest(
  "top ends with 1 and advice at a server that does not take its token",
  async ({ server }) => {
    for (
      const [env, advice] of [[{}, "a token"], [
        { QUOTEWIRE_TOKEN: "wrong" },
        "another token",
      ]] as const
    ) {
      await using program = RunningProgram.mainIn(env, "top", server.url);
      assert.equal(await program.exit(EXIT_DEADLINE_MS), 1);
      assert.ok(program.errors.includes(`it answers 401. Set QUOTEWIRE_TOKEN to ${advice}`));
      assert.ok(!program.errors.includes("wrong"));
    }
  },
);

serverTest(
  "top prints a line for each look in a pipe, and goes on when the server is back",
  async ({ server }) => {
    await using program = RunningProgram.main("top", server.url, "--interval", "0.5");
    await program.shows(/\tfeed=live\t.*\treads_per_second=[\d.]+\t/, RECOVERY_DEADLINE_MS);
    await server.kill();
    await waitFor(
      "the loss",
      () => / Cannot ask .*Trying again/.test(program.errors),
      RECOVERY_DEADLINE_MS,
    );
    const lines = () => program.output.split("\n").length;
    const before = lines();
    await server.restart();
    await waitFor("the next line", () => lines() > before, RECOVERY_DEADLINE_MS);
    assert.match(program.errors, / answers$/m);
    program.kill("SIGINT");
    assert.equal(await program.exit(EXIT_DEADLINE_MS), 0);
    assert.ok(program.output.endsWith("\n"));
  },
);

serverTest("top draws on a terminal, and gives it back on Ctrl-C", async ({ server }) => {
  await using terminal = PseudoTerminal.main("top", server.url);
  await terminal.shows(/Feed live[\s\S]+WORKER +SESSIONS/, RECOVERY_DEADLINE_MS);
  await terminal.type("\x03");
  assert.equal(await terminal.exit(EXIT_DEADLINE_MS), 0);
  assert.ok(terminal.output.includes("\x1b[?25h\x1b[?1049l"));
});

processTest("top says that a server is away, and with --once ends with 1", async () => {
  const url = `http://127.0.0.1:${freePort()}`;
  await using program = RunningProgram.main("top", url, "--once");
  assert.equal(await program.exit(EXIT_DEADLINE_MS), 1);
  assert.match(program.errors, /^Cannot watch http:.*: tcp connect error: Connection refused/);
  await using terminal = PseudoTerminal.main("top", url);
  await terminal.shows(/Not answering[\s\S]+again in \d+ s[\s\S]+refused/, RECOVERY_DEADLINE_MS);
  await terminal.type("\x03");
  assert.equal(await terminal.exit(EXIT_DEADLINE_MS), 0);
});

serverTest(
  "top --once has rates of one server behind a proxy that goes by turns",
  async ({ server, database }) => {
    await using other = await startServer({
      databaseUrl: database.url,
      env: { LOG_LEVEL: "error" },
    });
    const asked: string[] = [];
    await using proxy = statsProxy(() => {
      const { url } = asked.length % 2 === 0 ? server : other;
      asked.push(url);
      return fetch(`${url}/api/stats`);
    });
    await using program = RunningProgram.main("top", proxy.url, "--once", "--interval=0.5");
    assert.equal(await program.exit(EXIT_DEADLINE_MS), 0, program.errors);
    assert.equal(asked.length, 3);
    const { process } = await (await fetch(`${server.url}/api/stats`)).json();
    assert.ok(program.output.includes(`process ${String(process).slice(0, 8)}`), program.output);
    assert.match(program.output, /^Feed .* {2}[\d.,<]+ reads\/s/m);
  },
);

serverTest("top --once ends behind a proxy though no server answers twice", async ({ server }) => {
  // It waited for rates for ever.
  await using proxy = statsProxy(async () => {
    const stats = await (await fetch(`${server.url}/api/stats`)).json();
    return Response.json({ ...stats, process: crypto.randomUUID() });
  });
  await using program = RunningProgram.main("top", proxy.url, "--once", "--interval=0.5");
  assert.equal(await program.exit(EXIT_DEADLINE_MS), 0, program.errors);
  assert.match(program.output, /^Feed .* {2}– reads\/s/m);
});
