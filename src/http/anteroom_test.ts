import assert from "node:assert/strict";
import { openHandshake, readAnswer } from "../../tests/support/handshake.ts";
import { LogRecords } from "../../tests/support/log_records.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { EVERYTHING } from "../auth/grant.ts";
import { SharedMetrics } from "../metrics.ts";
import type { Lease } from "../session/lease.ts";
import { Anteroom } from "./anteroom.ts";
import { Refusals } from "./refusals.ts";

const TOKEN = '{"type":"auth","token":"good"}';

/** An anteroom behind a real server, which takes the token "good" when the test lets it. */
class Fixture implements AsyncDisposable {
  readonly admitted: Lease[] = [];
  readonly received: unknown[] = [];
  readonly metrics = new SharedMetrics(1);
  readonly anteroom: Anteroom;
  readonly #decision = Promise.withResolvers<void>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #clients: WebSocket[] = [];

  constructor() {
    this.anteroom = new Anteroom({
      guestsMax: 2,
      refusals: new Refusals(this.metrics.writer(0)),
      verify: async (token) => {
        await this.#decision.promise;
        if (token === "broken") throw new Error("the verifier is broken");
        return token === "good"
          ? { ok: true, grant: EVERYTHING }
          : { ok: false, fault: "it must be good" };
      },
    });
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
      const { socket, response } = Deno.upgradeWebSocket(request);
      this.anteroom.keep(socket, "a test", (lease) => {
        this.admitted.push(lease);
        socket.onmessage = ({ data }) => this.received.push(data);
      });
      return response;
    });
  }

  get port(): number {
    return this.#server.addr.port;
  }

  decide(): void {
    this.#decision.resolve();
  }

  async open(): Promise<WebSocket> {
    const client = new WebSocket(`ws://127.0.0.1:${this.port}/`);
    this.#clients.push(client);
    await waitFor("a connection", () => client.readyState === WebSocket.OPEN);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    await waitFor(
      "the clients to be gone",
      () => this.#clients.every(({ readyState }) => readyState === WebSocket.CLOSED),
    );
    await this.#server.shutdown();
  }
}

Deno.test("Anteroom.keep() hands the socket on with all that came behind the token", async () => {
  await using fixture = new Fixture();
  const client = await fixture.open();
  for (const message of [TOKEN, "one", "two"]) client.send(message);
  fixture.decide();
  await waitFor("both messages", () => fixture.received.length === 2);
  assert.deepEqual(fixture.received, ["one", "two"]);
  assert.equal(fixture.admitted[0]?.grant, EVERYTHING);
});

for (
  const [what, messages, expected] of [
    ["another first message", ["hello"], 1008],
    ["a token that is not good", ['{"type":"auth","token":"bad"}'], 1008],
    // With 1008 a client whose token is good would stay away for ever.
    ["a verifier that fails", ['{"type":"auth","token":"broken"}'], 1011],
    ["too many messages behind the token", [TOKEN, ...Array.from({ length: 33 }, () => "x")], 1008],
    ["too large messages behind the token", [TOKEN, "x".repeat(40_000)], 1008],
  ] as const
) {
  Deno.test(`Anteroom.keep() closes with ${expected} after ${what}`, async () => {
    await using fixture = new Fixture();
    const client = await fixture.open();
    let code = 0;
    client.onclose = (event) => code = event.code;
    for (const message of messages) client.send(message);
    if (messages.length === 1) fixture.decide();
    await waitFor("the close", () => code !== 0);
    assert.equal(code, expected);
    assert.equal(fixture.admitted.length, 0);
    assert.equal(fixture.metrics.sum("rejected_first_message"), 1);
  });
}

Deno.test("Anteroom.full is true while as many wait as may", async () => {
  await using fixture = new Fixture();
  const [first, second] = [await fixture.open(), await fixture.open()];
  assert.equal(fixture.anteroom.full, true);
  first.close();
  await waitFor("a place", () => !fixture.anteroom.full);
  await fixture.open();
  assert.equal(fixture.anteroom.full, true);
  second.send(TOKEN);
  fixture.decide();
  await waitFor("a place", () => !fixture.anteroom.full);
});

Deno.test("Anteroom.full counts who was refused and has not hung up", async () => {
  // Their sockets live on and count against MAX_SESSIONS: by ignoring the close, strangers without a token
  // could take all places of those with one.
  await using fixture = new Fixture();
  const connections = await Promise.all([1, 2].map(async () => {
    const connection = await openHandshake(fixture.port, "/");
    assert.equal((await readAnswer(connection)).status, 101);
    return connection;
  }));
  for (const connection of connections) {
    await connection.write(new Uint8Array([0x81, 0x81, 0, 0, 0, 0, 0x78]));
    const answer = new Uint8Array(1);
    await connection.read(answer);
    assert.equal(answer[0], 0x88, "a close frame");
  }
  assert.equal(fixture.anteroom.full, true);
  for (const connection of connections) connection.close();
  await waitFor("a place", () => !fixture.anteroom.full);
  assert.equal(fixture.metrics.sum("rejected_first_message"), 2);
});

Deno.test("Anteroom.keep() logs a few of the tokens that our own faults keep from being checked", async () => {
  // Each was a line, for whoever came without a token that anybody could have read.
  await using records = await LogRecords.keep();
  await using fixture = new Fixture();
  fixture.decide();
  for (let n = 1; n <= 10; n += 1) {
    const client = await fixture.open();
    client.send(TOKEN.replace("good", "broken"));
    await waitFor("the close", () => client.readyState === WebSocket.CLOSED);
  }
  assert.equal(records.of("http_authentication_failed").length, 5);
});
