import assert from "node:assert/strict";
import { authTest, DESK_TOKEN, SOCKETS } from "../support/auth_stage.ts";
import { handshake, openHandshake, readAnswer } from "../support/handshake.ts";
import { openSocket } from "../support/plain_socket.ts";
import { serverTest } from "../support/server_stage.ts";
import { signToken } from "../support/tokens.ts";
import { waitFor } from "../support/wait_for.ts";

const WRONG = "wrong-token-0123456789abcdef";

authTest(
  "A server with AUTH_TOKENS answers 401 to a wrong token, whatever brings it, on every socket",
  async ({ server }) => {
    for (const { path } of SOCKETS) {
      for (
        const { at, headers } of [
          { at: path, headers: { authorization: `Bearer ${WRONG}` } },
          { at: path, headers: { "sec-websocket-protocol": `quotewire.bearer.${WRONG}` } },
          { at: `${path}${path.includes("?") ? "&" : "?"}ticket=qwt_${WRONG}`, headers: {} },
        ]
      ) {
        const { status, body } = await handshake(server.port, at, { headers });
        assert.equal(status, 401, at);
        assert.match(body, /^Cannot authenticate: /);
        assert.ok(!body.includes(WRONG), "the answer does not quote it");
      }
    }
  },
);

authTest(
  "A server with AUTH_TOKENS takes a good token from header and subprotocol, and never echoes it",
  async ({ server }) => {
    const { status } = await handshake(server.port, "/echo", {
      headers: { authorization: `bearer ${DESK_TOKEN}` },
    });
    assert.equal(status, 101);
    const v1 = ["quotewire.v1.json", `quotewire.bearer.${await signToken()}`];
    for (const protocols of [v1, v1.toReversed()]) {
      await using client = await openSocket(`${server.socketUrl}/ws`, protocols);
      assert.equal(client.socket.protocol, "quotewire.v1.json");
      const hello = await waitFor("a greeting", () => client.received[0]);
      assert.match(String(hello), /"auth":\{"subject":"ada","expires_in_ms":\d{7}\}/);
    }
    await using classic = await openSocket(`${server.socketUrl}/ws`, [
      `quotewire.bearer.${DESK_TOKEN}`,
    ]);
    assert.equal(classic.socket.protocol, "");
    await waitFor("every price", () => classic.received.length === 4);
  },
);

authTest(
  "A server with AUTH_TOKENS keeps the API to those with a token, and pages and probes open",
  async ({ ask }) => {
    for (
      const path of ["/api/prices", "/api/history?symbol=A", "/api/stats", "/api/none", "/metrics"]
    ) {
      for (const token of [undefined, WRONG]) {
        const answer = await ask(path, token);
        assert.equal(answer.status, 401, path);
        assert.match(answer.headers.get("www-authenticate") ?? "", /^Bearer/);
        const body = await answer.json();
        assert.equal(body.error, "unauthenticated");
        assert.ok(!body.message.includes(WRONG), "the answer does not quote it");
      }
      assert.notEqual((await ask(path, await signToken())).status, 401, path);
    }
    for (const path of ["/", "/healthz", "/readyz", "/dist/main.js"]) {
      const answer = await ask(path);
      assert.equal(answer.status, 200, path);
      await answer.body?.cancel();
    }
  },
);

authTest(
  "A server with AUTH_TOKENS counts and logs wrong tokens on the API, and not who brings none",
  async ({ server, ask }) => {
    // Guesses at the API left no trace, while those at a handshake did.
    const rejected = async () =>
      (await (await ask("/api/stats", DESK_TOKEN)).json()).rejected_total;
    const before = await rejected();
    for (const token of [undefined, WRONG, WRONG]) {
      await (await ask("/metrics", token)).body?.cancel();
    }
    assert.equal(await rejected(), before + 2);
    const lines = () =>
      server.lines.filter((line) => /info +http: Refused 127\.0\.0\.1:\d+: Cannot auth/.test(line));
    await waitFor("both in the log", () => lines().length === 2);
    assert.ok(server.lines.every((line) => !line.includes(WRONG)));
  },
);

authTest(
  "A server with AUTH_TOKENS answers 401 to two Authorization headers, and says so",
  async ({ server }) => {
    const authorization = `Bearer ${DESK_TOKEN}, Bearer ${DESK_TOKEN}`;
    const { status, body } = await handshake(server.port, "/ws", { headers: { authorization } });
    assert.equal(status, 401);
    assert.match(body, /^Cannot authenticate: the header Authorization must be there once/);
    const answer = await fetch(`${server.url}/api/prices`, { headers: { authorization } });
    assert.equal(answer.status, 401);
    assert.match((await answer.json()).message, /must be there once/);
  },
);

authTest(
  "A socket without a token hears nothing before its first message has brought one",
  async ({ server }) => {
    for (const { name, path, protocol } of SOCKETS) {
      const protocols = protocol === null ? [] : [protocol];
      await using client = await openSocket(`${server.socketUrl}${path}`, protocols);
      await using wrong = await openSocket(`${server.socketUrl}${path}`, protocols);
      await using rude = await openSocket(`${server.socketUrl}${path}`, protocols);
      wrong.socket.send(JSON.stringify({ type: "auth", token: WRONG }));
      rude.socket.send('{"type":"subscribe","id":1,"symbols":"*"}');
      for (const refused of [wrong, rude]) {
        const closed = await waitFor(`${name} to be refused`, () => refused.closed);
        assert.deepEqual(closed, { code: 1008, reason: "authentication required" });
        assert.deepEqual(refused.received, [], name);
      }
      assert.deepEqual(client.received, [], name);
      client.socket.send(JSON.stringify({ type: "auth", token: DESK_TOKEN }));
      if (name === "relay") {
        await using other = await openSocket(`${server.socketUrl}${path}`, [
          `quotewire.bearer.${DESK_TOKEN}`,
        ]);
        await waitFor("the relay to relay", () => {
          other.socket.send("hi");
          return client.received.includes("hi");
        });
      } else await waitFor(`${name} to greet`, () => client.received.length > 0);
    }
  },
);

authTest(
  "A socket may send its requests right behind its token, and none is lost",
  async ({ server }) => {
    await using client = await openSocket(`${server.socketUrl}/echo`, []);
    client.socket.send(JSON.stringify({ type: "auth", token: await signToken() }));
    for (let index = 0; index < 20; index += 1) client.socket.send(`message ${index}`);
    await waitFor("every message back", () => client.received.length === 21);
    assert.deepEqual(
      client.received.slice(1),
      Array.from({ length: 20 }, (_, index) => `message ${index}`),
    );
  },
);

authTest(
  "A socket that brings no token is closed after 5 s, and no longer counts",
  async ({ server, ask }) => {
    const startedMs = performance.now();
    await using silent = await openSocket(`${server.socketUrl}/ws`);
    const closed = await waitFor("it to be closed", () => silent.closed, 15_000);
    assert.deepEqual(closed, { code: 1008, reason: "authentication required" });
    assert.ok(performance.now() - startedMs > 4500);
    await waitFor("it to be forgotten", async () => {
      const { sockets } = await (await ask("/api/stats", DESK_TOKEN)).json();
      return sockets === 0;
    });
  },
);

// Behind the proxy of docs/security.md, open to the whole Internet, it did not warn: it listens on loopback.
for (
  const [settings, warns] of [
    [{ HOST: "0.0.0.0" }, true],
    [{ ALLOWED_HOSTS: "feed.example", TRUSTED_PROXIES: "127.0.0.1" }, true],
    [{ HOST: "127.0.0.1" }, false],
  ] as const
) {
  const does = warns ? "warns" : "does not warn";
  serverTest(
    `A server with ${JSON.stringify(settings)} and without authentication ${does} at its start`,
    async ({ server }) => {
      if (warns) await server.says(/AUTHENTICATION IS OFF/);
      else assert.doesNotMatch(server.lines.join("\n"), /AUTHENTICATION IS OFF/);
      const { status } = await fetch(`${server.url}/api/ticket`, { method: "POST" });
      assert.equal(status, 204, "no ticket is needed");
    },
    settings,
  );
}

authTest(
  "MAX_SESSIONS holds for clients that come all at once while their tickets are looked at",
  async ({ server, ask }) => {
    // The place was looked for before the ticket was, and all who waited for that found the same one.
    const tickets = await Promise.all(
      Array.from({ length: 30 }, async () => {
        const { ticket } = await (await ask("/api/ticket", DESK_TOKEN, "POST")).json();
        return String(ticket);
      }),
    );
    const connections = await Promise.all(
      tickets.map((ticket) => openHandshake(server.port, `/echo?ticket=${ticket}`)),
    );
    const answers = await Promise.all(connections.map(readAnswer));
    for (const connection of connections) connection.close();
    assert.equal(answers.filter(({ status }) => status === 101).length, 5);
    assert.equal(answers.filter(({ status }) => status === 503).length, 25);
  },
  { MAX_SESSIONS: "5", WORKERS: "1" },
);
