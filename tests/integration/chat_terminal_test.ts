import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { testCluster, testDatabase } from "../support/postgres.ts";
import { PseudoTerminal } from "../support/pseudo_terminal.ts";
import { RunningProgram } from "../support/running_program.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { waitFor } from "../support/wait_for.ts";

const LEFT = "\x1b[D";
const CTRL_C = "\x03";
const PASTE_MARKS_ON = "\x1b[?2004h";
const PASTE_MARKS_OFF = "\x1b[?2004l";

async function withServer(run: (server: TestServer) => Promise<void>): Promise<void> {
  await using database = await testDatabase();
  await using server = await startServer({ databaseUrl: database.url });
  await run(server);
}

/** A chat with its input and output in pipes, once it is in the room. */
async function enter(url: string, ...args: readonly string[]): Promise<RunningProgram> {
  const program = RunningProgram.main("chat", url, ...args);
  await waitFor("the room", () => / in the room: /.test(program.errors));
  return program;
}

/** A chat on a terminal, once it is in the room. */
async function sitDown(url: string, username: string): Promise<PseudoTerminal> {
  const terminal = PseudoTerminal.main("chat", url, "--username", username);
  await terminal.shows(/ in the room: /);
  await waitFor("the prompt", () => terminal.row === `${username}> `);
  return terminal;
}

/** What `stty` says at the end, after the program has switched off what it had switched on. */
function assertGivenBack(terminal: PseudoTerminal): void {
  const after = terminal.output.slice(terminal.output.lastIndexOf(PASTE_MARKS_OFF));
  assert.match(after, /[^-]icanon/);
  assert.match(after, /[^-]echo\b/);
}

Deno.test("chat sends the lines of a pipe and prints what others say, with time and name", async () => {
  await withServer(async (server) => {
    await using ada = await enter(server.url, "--username", "ada");
    await using grace = await enter(server.url, "--username", "grace");
    await ada.type("Grüße an alle 👋\n//etc\n/binary bytes\n");
    await grace.shows(/T[\d:.]+Z\tada\tGrüße an alle 👋\n/);
    await grace.shows(/\tada\t\/etc\n.*\tada\tsent 5 bytes: "bytes" \(\/save 1\)\n/);
    await grace.type("/username Grace H\nlast line without an end");
    assert.equal(await grace.end(), 0);
    await ada.shows("\tgrace is now Grace H\n");
    await ada.shows("\tGrace H\tlast line without an end\n");
    await ada.shows("\t*\tGrace H left\n");
    assert.equal(await ada.end(), 0);
    assert.doesNotMatch(ada.output, /Grüße/, "the sender does not hear it back");
  });
});

Deno.test("chat ends with 1 when something in its pipe could not be done, and says what", async () => {
  await withServer(async (server) => {
    await using program = await enter(server.url);
    await program.type("/nonsense\n/file /no/such/file\nstill sent\n/quit\nnever read\n");
    assert.equal(await program.exit(), 1);
    assert.match(program.errors, /Cannot run \/nonsense: must be one of/);
    assert.match(program.errors, /Cannot send \/no\/such\/file: must be a file, does not exist/);
    await using reader = await enter(server.url, "--history", "10");
    await reader.shows("\tstill sent\n");
    assert.doesNotMatch(reader.output, /never read/);
  });
});

Deno.test("chat ends with 1 when its name is taken", async () => {
  await withServer(async (server) => {
    await using ada = await enter(server.url, "--username", "ada");
    await using second = RunningProgram.main("chat", server.url, "--username", "Ada");
    assert.equal(await second.exit(), 1);
    assert.match(second.errors, /Ada is somebody else in the room/);
    assert.equal(await ada.end(), 0);
  });
});

Deno.test("chat carries a file from one to the other byte by byte, and never overwrites one", async () => {
  const folder = await Deno.makeTempDir({ prefix: "quotewire-test-" });
  try {
    await withServer(async (server) => {
      const path = join(folder, "chart of today.png");
      const bytes = new Uint8Array(randomBytes(40_000));
      await Deno.writeFile(path, bytes);
      await Deno.writeFile(join(folder, "large"), new Uint8Array(60_000));
      await using ada = await enter(server.url, "--username", "ada");
      await using grace = await enter(server.url, "--username", "grace");
      await ada.type(`/file ${path}\n/file ${folder}/large\n`);
      await grace.shows('\tada\tsent the file "chart of today.png", 40.0 KB (/save 1)\n');
      await grace.type(`/save 1 ${folder}/copy.png\n/save 1 ${folder}\n`);
      await grace.shows(`Saved ${folder}/copy.png`);
      assert.deepEqual(await Deno.readFile(join(folder, "copy.png")), bytes);
      assert.equal(await grace.end(), 1);
      assert.match(grace.errors, /today\.png: must not exist yet, does/);
      assert.equal(await ada.end(), 1);
      assert.match(ada.errors, /large: must have at most \d+ bytes, has 60000/);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("chat comes back after the server's restart, and sends then what was typed meanwhile", async () => {
  await withServer(async (server) => {
    await using ada = await enter(server.url, "--username", "ada");
    await using grace = await enter(server.url, "--username", "grace");
    await server.kill();
    await waitFor("the loss to be noticed", () => /Not connected/.test(ada.errors));
    await ada.type("said while it was away\n");
    await server.restart();
    await grace.shows("\tada\tsaid while it was away\n", 20_000);
    assert.equal(grace.output.split("said while it was away").length, 2, "it comes once");
    assert.equal(await ada.end(), 0);
  });
});

Deno.test("chat goes on while Postgres is away, and says what is not kept", async () => {
  await using cluster = await testCluster();
  await using server = await startServer({ databaseUrl: cluster.url });
  await using ada = await enter(server.url, "--username", "ada");
  await using grace = await enter(server.url, "--username", "grace");
  await cluster.stop();
  await ada.shows(/\t\*\tThe database is away/);
  await ada.type("kept by nobody\n");
  await grace.shows("\tada\tkept by nobody\n");
  await waitFor("the note", () => ada.errors.includes("Not kept in the history: kept by nobody"));
  await cluster.restart();
  await ada.shows(/\t\*\tWhat is said now is kept again/);
  assert.equal(await ada.end(), 0);
});

Deno.test("chat keeps the half-typed line on a terminal while messages arrive above it", async () => {
  await withServer(async (server) => {
    await using ada = await sitDown(server.url, "ada");
    await using grace = await enter(server.url, "--username", "grace");
    await ada.type(`half日本${LEFT}${LEFT}-typed`);
    await waitFor("the line", () => ada.row === "ada> half-typed日本");
    await grace.type("are you there?\n");
    await ada.shows(/\d\d:\d\d grace: are you there\?\r+\n/);
    assert.equal(ada.row, "ada> half-typed日本");
    await ada.type("!\r");
    await grace.shows("\tada\thalf-typed!日本\n");
    assert.match(ada.output, /\d\d:\d\d ada: half-typed!日本\r+\n/);
    await ada.type(CTRL_C);
    assert.equal(await ada.exit(), 0);
  });
});

Deno.test("chat takes a paste of several lines for one message, and sends it when told", async () => {
  await withServer(async (server) => {
    await using ada = await sitDown(server.url, "ada");
    await using grace = await enter(server.url, "--username", "grace");
    await ada.type("\x1b[200~one\rtwo\x1b[201~");
    await waitFor("the paste", () => ada.row === "ada> one↵two");
    await ada.type("\r");
    await grace.shows("\tada\tone ↵ two\n");
    assert.match(ada.output, /ada: one\r+\n {11}two\r+\n/);
    await ada.type("/quit\r");
    assert.equal(await ada.exit(), 0);
  });
});

Deno.test("chat shows where it stands in the prompt, and gives the terminal back as it was", async () => {
  await withServer(async (server) => {
    await using ada = await sitDown(server.url, "ada");
    assert.ok(ada.output.includes(PASTE_MARKS_ON));
    await server.stop();
    await waitFor("the loss", () => ada.row === "ada (not connected)> ");
    await ada.type("waits\r");
    await ada.shows("Waits until it can be sent");
    await server.restart();
    await waitFor("the return", () => ada.row === "ada> ", 20_000);
    await ada.type(CTRL_C);
    assert.equal(await ada.exit(), 0);
    assertGivenBack(ada);
  });
});

Deno.test("chat gives the terminal back when it is told to end from outside", async () => {
  await withServer(async (server) => {
    await using ada = await sitDown(server.url, "ada");
    await ada.type("half");
    await waitFor("the line", () => ada.row === "ada> half");
    Deno.kill(ada.pid, "SIGTERM");
    assert.equal(await ada.exit(), 0);
    assertGivenBack(ada);
  });
});

Deno.test("simple_client.ts sends the lines of its input and prints texts and bytes as they come", async () => {
  await withServer(async (server) => {
    await using ada = await enter(server.url, "--username", "ada");
    const url = `${server.socketUrl}/chat`;
    const args = [
      "run",
      "--allow-net",
      "--allow-env=QUOTEWIRE_TOKEN",
      "examples/simple_client.ts",
      url,
    ];
    await using simple = new RunningProgram(Deno.execPath(), args);
    await ada.shows(/\*\tguest-\w+ joined\n/);
    await simple.type("plain text\n");
    await ada.shows(/\tguest-\w+\tplain text\n/);
    await ada.type("for all\n/binary AB\n");
    await simple.shows("for all\n[binary, 2] 4142\n");
    assert.equal(await simple.end(), 0);
    assert.match(simple.errors, /Closed with 1000/);
    assert.equal(await ada.end(), 0);
  });
});

Deno.test("simple_client.ts says so when there is no server", async () => {
  const args = [
    "run",
    "--allow-net",
    "--allow-env=QUOTEWIRE_TOKEN",
    "examples/simple_client.ts",
    "ws://127.0.0.1:9/chat",
  ];
  await using simple = new RunningProgram(Deno.execPath(), args);
  assert.equal(await simple.end(), 1);
  assert.match(simple.errors, /Cannot talk to ws:\/\/127\.0\.0\.1:9\/chat: /);
});
