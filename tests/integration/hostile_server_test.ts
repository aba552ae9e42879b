import assert from "node:assert/strict";
import { ChatProtocolServer, wireId } from "../support/chat_protocol_server.ts";
import { ProtocolServer, wireQuote } from "../support/protocol_server.ts";
import { RunningProgram } from "../support/running_program.ts";
import { waitFor } from "../support/wait_for.ts";

/** What the programs for the terminal make of a server that means ill. */

/** Puts something on the user's clipboard, and clears the screen, wherever a terminal reads it. */
const ATTACK = "\x1b]52;c;cm0gLXJm\x07\x1b[2J\u202eevil";
const DISARMED = "\ufffd]52;c;cm0gLXJm\ufffd\ufffd[2J\ufffdevil";
/** Everything that a terminal obeys, but for the end of a line. */
const OBEYED_REGEXP = /(?!\n)[\p{Cc}\p{Bidi_Control}]/u;
const SIMPLE_CLIENT = [
  ...["run", "--allow-net", "--allow-env=QUOTEWIRE_TOKEN", "examples/simple_client.ts"],
];
const DEADLINE_MS = 30_000;

// It arrived as it was: what the server gave as its reason was printed raw.
Deno.test("watch disarms the reason for which a server sends it away", async () => {
  const server = new ProtocolServer();
  try {
    await using program = RunningProgram.main("watch", server.url);
    const session = await server.next();
    session.hello();
    session.close(1008, ATTACK);
    assert.equal(await program.exit(DEADLINE_MS), 1);
    assert.ok(program.errors.includes(`for good: ${DISARMED} (1008)`), program.errors);
    assert.doesNotMatch(program.errors, OBEYED_REGEXP);
  } finally {
    await server.close();
  }
});

Deno.test("watch cuts short why a server refuses a subscription, and keeps it on its line", async () => {
  const server = new ProtocolServer();
  try {
    await using program = RunningProgram.main("watch", server.url);
    const session = await server.next();
    session.hello();
    const { id } = await session.receive("subscribe");
    const message = `no\nCannot trust: ${ATTACK}${"x".repeat(60_000)}`;
    session.send({ type: "error", id, code: "forbidden", message });
    assert.equal(await program.exit(DEADLINE_MS), 1);
    assert.ok(program.errors.includes(`no\ufffdCannot trust: ${DISARMED}`), program.errors);
    assert.doesNotMatch(program.errors, OBEYED_REGEXP);
    assert.ok(program.errors.length < 2000, `${program.errors.length} characters`);
  } finally {
    await server.close();
  }
});

Deno.test("chat disarms the reason for which a server sends it away", async () => {
  const server = new ChatProtocolServer();
  try {
    await using program = RunningProgram.main("chat", server.url);
    const session = await server.next();
    session.hello();
    session.close(1008, ATTACK);
    assert.equal(await program.exit(DEADLINE_MS), 1);
    assert.ok(program.errors.includes(`closed with 1008, ${DISARMED}`), program.errors);
    assert.doesNotMatch(program.errors, OBEYED_REGEXP);
  } finally {
    await server.close();
  }
});

Deno.test("chat goes on after bytes that are not in base64, live and from the history", async () => {
  // One such frame ended it, with a stack trace.
  const server = new ChatProtocolServer();
  try {
    await using program = RunningProgram.main("chat", server.url, "--history", "1");
    const session = await server.next();
    const entries = { room: "lobby", username: "mallory", timestamp: 1.5, size: 4, data: "<b>" };
    const bytes = { type: "binary", kind: "binary", ...entries } as const;
    await session.greet([{ ...bytes, id: wireId(1) }]);
    session.send({ ...bytes, id: wireId(2), data: "\u212a".repeat(4) });
    session.send({ ...bytes, id: wireId(3), kind: "file", name: "a.txt", data: "QQ==" });
    await program.shows('\tmallory\tsent the file "a.txt", 1 byte', DEADLINE_MS);
    assert.equal(program.output.match(/\tmallory\tsent bytes that cannot be read\n/g)?.length, 2);
    assert.equal(await program.end(), 0);
  } finally {
    await server.close();
  }
});

Deno.test("live_prices.ts disarms names, and why the server closes", async () => {
  const server = new ProtocolServer();
  const args = ["run", "--allow-net", "--allow-env=QUOTEWIRE_TOKEN", "examples/live_prices.ts"];
  try {
    await using program = new RunningProgram(Deno.execPath(), [...args, server.url]);
    const session = await server.next();
    // JSON escapes the first, but neither of the others.
    await session.welcome(1, [wireQuote("\x1b[2J\x9b2J\u202e", 1, 1)]);
    await program.shows(
      '{"symbol":"\\u001b[2J\ufffd2J\ufffd","source":"test","price":1}',
      DEADLINE_MS,
    );
    session.close(1011, ATTACK);
    await waitFor(
      "the reason",
      () => program.errors.includes(`reconnecting: ${DISARMED}`),
      DEADLINE_MS,
    );
    assert.doesNotMatch(program.output + program.errors, OBEYED_REGEXP);
  } finally {
    await server.close();
  }
});

Deno.test("simple_client.ts disarms what the server says, and why it closes", async () => {
  const server = new ChatProtocolServer();
  // The example asks for no subprotocol.
  server.speaksProtocol = false;
  try {
    await using program = new RunningProgram(Deno.execPath(), [...SIMPLE_CLIENT, server.url]);
    const session = await server.next();
    session.sendRaw(`${ATTACK}\n`);
    session.close(1011, ATTACK);
    assert.equal(await program.exit(DEADLINE_MS), 1);
    assert.equal(program.output, `${DISARMED}\n\n`);
    assert.ok(program.errors.includes(`Closed with 1011: ${DISARMED}\n`), program.errors);
    assert.doesNotMatch(program.errors, OBEYED_REGEXP);
  } finally {
    await server.close();
  }
});
