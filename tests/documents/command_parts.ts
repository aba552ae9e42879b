import assert from "node:assert/strict";
import { SCENARIOS } from "../../bench/scenarios.ts";
import { LeaderLock } from "../../src/db/leader_lock.ts";
import { freePort } from "../support/free_port.ts";
import { projectFiles, readProjectFile } from "../support/project_files.ts";
import { query } from "../support/query.ts";
import { waitFor } from "../support/wait_for.ts";
import type { CommandStage } from "./command_stage.ts";
import { blockOf, parseDocument } from "./document.ts";
import type { Shell } from "./shell.ts";
import {
  ends,
  notRun,
  serves,
  shows,
  type StayOptions,
  stays,
  type Treatment,
} from "./treatment.ts";

// What the treatments of single commands are made of.

type Does = NonNullable<StayOptions["does"]>;

const WORKSHOP = "docs/tutorials/websocket_workshop.md";
const DEADLINE_MS = 60_000;

/** Names the stage's server as the command's last word, for a client that else looks at port 8080. */
export function atServer(path: string): (command: string) => string {
  return (command) => `${command} ws://127.0.0.1:8080${path}`;
}

/** The demo's database has its tables already; here the demo may not have run. */
export function afterMigration(command: string): string {
  return `${command.replace(/prune .*/, "migrate")} && ${command}`;
}

/** Puts something shorter, or something that is there, in the place of what the document says. */
export function instead(found: string, put: string): (command: string) => string {
  return (command) => {
    assert.ok(command.includes(found));
    return command.replace(found, put);
  };
}

/** The command is run while another one serves: see `whileServing`. */
export function runWith(other: string): Treatment {
  return notRun(`it is run with ${other}`, () => {});
}

/** Runs a `watch` until it shows a price, with the server's URL in the place of `found`. */
export function whileServing(
  watch: string,
  found: string,
  put: (url: string) => string = (url) => url,
): Does {
  return async (_shell, url, stage) => {
    await shows(/AAPL/, { typed: instead(found, put(url)) })(watch, stage);
    return true;
  };
}

/** Saves a block of the workshop as a file, runs the command, and asks what it has built on its port. */
export function builds(
  heading: string,
  file: string,
  works: (url: string) => Promise<boolean>,
): Treatment {
  return async (command, stage) => {
    const port = freePort();
    const program = blockOf(
      parseDocument(WORKSHOP, await readProjectFile(WORKSHOP)),
      heading,
      "ts",
    );
    const here = program.replace(/port: \d+/, `port: ${port}`);
    assert.notEqual(here, program);
    await Deno.writeTextFile(stage.file(file), here);
    await using shell = stage.run(command);
    await shell.prints(/Listening on/, DEADLINE_MS);
    assert.ok(await works(`ws://127.0.0.1:${port}`), shell.output);
  };
}

/** A supervisor in one line: it starts the server until that ends in order. */
export async function startsAgain(command: string, stage: CommandStage): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  await using shell = stage.run(command, { port });
  await shell.prints(/Cannot listen/, DEADLINE_MS);
  listener.close();
  await shell.prints(/Dashboard: /, DEADLINE_MS);
  assert.equal(await statusOf(`http://127.0.0.1:${port}/healthz`), 200);
  for (const processId of await shell.children()) Deno.kill(processId, "SIGTERM");
  assert.equal((await shell.end(DEADLINE_MS)).code, 0);
}

/** Whether a server has something to show. */
export async function hasPrices(_shell: Shell, url: string): Promise<boolean> {
  const { quotes } = await (await fetch(`${url}/api/prices`)).json();
  return Array.isArray(quotes) && quotes.length > 0;
}

/** The command goes on until the stage's table has the simulator's prices. */
export function writesPrices(): Treatment {
  return stays({
    does: async (_shell, _url, stage) => {
      const rows = await query(
        stage.database.url,
        (sql) => sql`select from stock_prices where source like 'sim_%' limit 1`,
      );
      return rows.length > 0;
    },
  });
}

/** The command is run once an aggregator answers at the address that it asks. */
export function besideAggregator(address: string): Treatment {
  return async (command, stage) => {
    const port = freePort();
    const env = { METRICS_PORT: String(port) };
    await using aggregator = stage.run("deno task aggregator", { env });
    const text = command.replace(address, `127.0.0.1:${port}`);
    await aggregator.reaches("answer", async () => {
      await using shell = stage.run(text);
      return (await shell.end(DEADLINE_MS)).code === 0;
    }, DEADLINE_MS);
  };
}

/** The command is run once a server with TLS answers, in the place of the one that it asks. */
export function besideTls(address: string, prints: RegExp): Treatment {
  return (command, stage) =>
    serves({
      typed: () => "TLS_CERT=certs/server.pem TLS_KEY=certs/server.key deno task serve",
      tls: true,
      async does(_shell, url) {
        await ends({ typed: instead(address, new URL(url).host), prints })(command, stage);
        return true;
      },
    })(command, stage);
}

/** The statement of `psql -c` is run in the stage's database: tests have no psql. */
export async function runsSql(command: string, stage: CommandStage): Promise<void> {
  const [, statement = ""] = / -c "([^]*)"$/.exec(command) ?? [];
  assert.notEqual(statement, "");
  await query(stage.database.url, (sql) => sql.unsafe(statement));
}

/** The statement is run while a session holds the leader's lock that nobody answers for. */
export async function freesLeaderLock(command: string, stage: CommandStage): Promise<void> {
  const gone = new LeaderLock(stage.database.url, "documents");
  const next = new LeaderLock(stage.database.url, "documents");
  try {
    assert.notEqual(await gone.take(), undefined);
    assert.equal(await next.take(), undefined);
    await runsSql(command, stage);
    await waitFor("the lock", async () => await next.take() !== undefined, DEADLINE_MS);
  } finally {
    gone.close();
    next.close();
  }
}

/** The statement is run once the trigger was dropped, and once it was switched off. */
export function makesTrigger(name: string): Treatment {
  return async (command, stage) => {
    const faults = [
      `drop trigger ${name} on stock_prices`,
      `alter table stock_prices disable trigger ${name}`,
    ];
    for (const fault of faults) {
      await query(stage.database.url, (sql) => sql.unsafe(fault));
      await runsSql(command, stage);
      const rows = await query(
        stage.database.url,
        (sql) => sql`select tgenabled from pg_trigger where tgname = ${name}`,
      );
      assert.equal(rows[0]?.tgenabled, "O");
    }
  };
}

/** @throws {AssertionError} unless every file and unit of ours that the command names exists */
export async function checkFiles(command: string): Promise<void> {
  const files = await projectFiles();
  for (const [name] of command.matchAll(/\bexamples\/\S+/g)) {
    const start = name.replace(/\*.*$/, "");
    assert.ok(files.some((file) => file.startsWith(start)), `${name} must be in the project`);
  }
  for (const [name] of command.matchAll(/\bquotewire-[a-z]+(\.timer)?\b/g)) {
    const unit = `examples/systemd/${name.includes(".") ? name : `${name}.service`}`;
    if (/ systemctl /.test(command)) {
      assert.ok(files.includes(unit), `${unit} must be in the project`);
    }
  }
}

/** The status of an answer. */
export async function statusOf(url: string): Promise<number> {
  const response = await fetch(url);
  await response.body?.cancel();
  return response.status;
}

/** The first text that a socket gets; it is closed then. */
export async function firstMessage(socket: WebSocket): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  socket.onmessage = ({ data }) => resolve(String(data));
  socket.onerror = () => reject(new Error(`Cannot hear from ${socket.url}`));
  try {
    return await promise;
  } finally {
    socket.close();
  }
}

/** Its scenarios are run, small, by tests/integration/bench_test.ts. */
export function checkScenarios(command: string): void {
  const names = SCENARIOS.map(({ name }) => name);
  const unknown = command.split(" ").slice(3).filter((name) => !names.includes(name));
  assert.deepEqual(unknown, [], `scenarios are ${names.join(", ")}`);
}

/** @throws {AssertionError} unless CI runs it, or runs what runs it */
export async function isRunByCi(command: string): Promise<void> {
  const { tasks } = JSON.parse(await readProjectFile("deno.json"));
  const script = await readProjectFile(".ci/run");
  const line = command.replace("task test", "task ok").replace(/^deno/, "npx -y deno@2.9.6");
  assert.ok(script.split("\n").includes(line), `.ci/run must have ${line}`);
  assert.match(tasks.ok.command, /deno task test$/);
}

/** @throws {Deno.errors.NotFound} unless the module that it runs exists */
export async function isThere(command: string): Promise<void> {
  await readProjectFile(command.split(" ").at(-1) ?? "");
}
