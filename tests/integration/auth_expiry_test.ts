import assert from "node:assert/strict";
import { authTest, DESK_TOKEN, SOCKETS } from "../support/auth_stage.ts";
import { insertPrices } from "../support/dashboard.ts";
import { connect, type Dialogue } from "../support/dialogue.ts";
import { openSocket } from "../support/plain_socket.ts";
import { serverTest } from "../support/server_stage.ts";
import { signToken } from "../support/tokens.ts";
import { waitFor } from "../support/wait_for.ts";

/** Of a token that the server honours for 5 s less this: its clock may differ by so much. */
const SOON_S = -3;

function open(url: string, protocol: string | null, token: string): Promise<Dialogue> {
  return connect(url, [...(protocol === null ? [] : [protocol]), `quotewire.bearer.${token}`]);
}

/** With a token that is soon over. A busy machine may let it be over before the handshake: then another. */
function openSoon<T>(opening: (token: string) => Promise<T>): Promise<T> {
  return waitFor("a connection", async () => {
    try {
      return await opening(await signToken({ expiresInS: SOON_S }));
    } catch (error) {
      assert.ok(error instanceof assert.AssertionError);
      return undefined;
    }
  }, 30_000);
}

authTest(
  "Every socket is closed with 1008 when its token expires, and JSON clients are told",
  async ({ server }) => {
    const clients = await Promise.all(SOCKETS.map(async ({ name, path, protocol }) => {
      const url = `${server.socketUrl}${path}`;
      // Echo and relay speak no JSON.
      if (!["echo", "relay"].includes(name)) {
        return { name, client: await openSoon((token) => open(url, protocol, token)) };
      }
      const socket = await openSoon((token) => openSocket(url, [`quotewire.bearer.${token}`]));
      return {
        name,
        client: {
          received: [],
          get closed() {
            return socket.closed;
          },
        },
      };
    }));
    for (const { name, client } of clients) {
      const closed = await waitFor(`${name} to be closed`, () => client.closed);
      assert.deepEqual(closed, { code: 1008, reason: "authentication expired" }, name);
      const last = client.received.at(-1);
      const isTold = last?.type === "closing" && last.reason === "authentication expired";
      assert.equal(isTold, /v1|chat/.test(name), name);
    }
  },
);

authTest(
  "A socket whose client has words under way when its token expires is free at once",
  async ({ server }) => {
    // Where the client had been silent, what it said at the same moment came in behind the close, in which the
    // server's own words waited. So it counted as one that reads nothing, for 16 minutes more.
    const clients = await Promise.all(Array.from({ length: 10 }, async (_, n) => {
      const client = await openSoon((token) =>
        open(`${server.socketUrl}/ws`, "quotewire.v1.json", token)
      );
      const speak = () => client.send({ type: "ping", id: 1 });
      // Half of them say something all the time, the others in the moment in which they hear of the end.
      const timer = n % 2 === 0 ? setInterval(speak, 50) : undefined;
      client.socket.addEventListener("message", ({ data }) => {
        if (timer === undefined && String(data).startsWith('{"type":"closing"')) speak();
      });
      client.socket.addEventListener("close", () => clearInterval(timer));
      return client;
    }));
    for (const client of clients) {
      const closed = await waitFor("the close", () => client.closed);
      assert.deepEqual(closed, { code: 1008, reason: "authentication expired" });
    }
    await waitFor("the sockets to be free", async () => {
      const { sockets } = await (await fetch(`${server.url}/api/stats`, {
        headers: { authorization: `Bearer ${DESK_TOKEN}` },
      })).json();
      return sockets === 0;
    });
  },
);

authTest("An auth message renews a session, which loses nothing", async ({ server, database }) => {
  const clients = await Promise.all(
    ["quotewire.v1.json", "quotewire.v1.deflate"].map(async (protocol) => {
      const token = await signToken({ expiresInS: SOON_S });
      const client = await open(`${server.socketUrl}/ws`, protocol, token);
      client.send({ type: "subscribe", id: 1, symbols: "*" });
      client.send({ type: "auth", id: 2, token: await signToken() });
      return client;
    }),
  );
  for (const client of clients) {
    const answer = await client.nextOf("auth");
    assert.equal(answer.id, 2);
    assert.equal(answer.subject, "ada");
    assert.ok(Number(answer.expires_in_ms) > 3_500_000);
    // The first token is honoured for 2 s, and the clock beats once a second.
    for (let beat = 0; beat < 5; beat += 1) await client.nextOf("heartbeat");
  }
  await insertPrices(database.url, [{ symbol: "A", price: 2 }]);
  for (const client of clients) {
    await client.nextOf("update");
    assert.equal(client.closed, undefined);
    await client[Symbol.asyncDispose]();
  }
});

authTest(
  "An auth message that may not renew is refused, and the token before it stands",
  async ({ server }) => {
    await using client = await open(
      `${server.socketUrl}/ws`,
      "quotewire.v1.json",
      await signToken({ symbols: ["A"] }),
    );
    const refusals = [
      [{ token: "nobody-0123456789" }, "unauthenticated"],
      [{ token: await signToken({ symbols: ["A"], expiresInS: -60 }) }, "unauthenticated"],
      [{ token: await signToken({ symbols: ["A"], sub: "eve" }) }, "forbidden"],
      [{ token: await signToken({ symbols: ["A", "B"] }) }, "forbidden"],
      [{ token: await signToken({ symbols: [] }) }, "forbidden"],
      [{ token: 5 }, "invalid_message"],
      [{}, "invalid_message"],
      [{ token: await signToken({ symbols: ["A"] }) }, "rate_limited"],
    ] as const;
    // At once, so that the limit of one in 5 s is met.
    for (const [id, [message]] of refusals.entries()) client.send({ type: "auth", id, ...message });
    for (const [index, [, code]] of refusals.entries()) {
      const error = await waitFor(
        `an answer to ${index}`,
        () => client.received.find(({ id }) => id === index),
      );
      assert.equal(error.type, "error");
      assert.equal(error.code, code, `${index}: ${error.message}`);
    }
    client.send('{"type":"auth","id":99,"token":"cut off');
    const cut = await client.next(
      "an answer",
      ({ type, id }) => type === "error" && id === undefined,
    );
    assert.equal(cut.code, "invalid_message");
    assert.doesNotMatch(String(cut.message), /cut off/);
    client.send({ type: "subscribe", id: 100, symbols: ["A"] });
    await client.nextOf("snapshot");
  },
);

authTest(
  "An auth message is answered on sockets of any kind, and neither echoed nor relayed",
  async ({ server }) => {
    for (const { name, path } of SOCKETS.filter(({ protocol }) => protocol === null)) {
      const heard: unknown[] = [];
      const others: unknown[] = [];
      const url = `${server.socketUrl}${path}`;
      const other = new WebSocket(url, `quotewire.bearer.${DESK_TOKEN}`);
      other.onmessage = ({ data }) => others.push(data);
      await waitFor("the other", () => other.readyState === WebSocket.OPEN);
      const socket = new WebSocket(url, `quotewire.bearer.${await signToken()}`);
      socket.onmessage = ({ data }) => heard.push(data);
      await waitFor(name, () => socket.readyState === WebSocket.OPEN);
      socket.send(JSON.stringify({ type: "auth", id: "x", token: await signToken() }));
      await waitFor(
        `an answer on ${name}`,
        () => heard.some((data) => /^\{"type":"auth","id":"x","subject":"ada"/.test(String(data))),
      );
      if (name === "relay") {
        await waitFor("the relay to relay", () => {
          socket.send("after");
          return others.includes("after");
        });
      }
      assert.ok(
        ![...heard, ...others].some((data) => String(data).includes('"token"')),
      );
      for (const one of [socket, other]) one.close();
    }
  },
);

for (
  const { name, path } of SOCKETS.filter(({ name }) => ["echo", "events", "relay"].includes(name))
) {
  serverTest(
    `An auth message is not handed on by ${name} where nobody is asked for a token either`,
    async ({ server }) => {
      // A client that brought its token showed it to everybody in the room, and to the history.
      await using other = await openSocket(`${server.socketUrl}${path}`);
      await using sender = await openSocket(`${server.socketUrl}${path}`);
      const heard = () => [...other.received, ...sender.received].map(String);
      sender.socket.send(JSON.stringify({ type: "auth", id: 1, token: "SECRET-0123456789" }));
      // Neither of these was taken for one: a letter spelt by its number, and a token of no use.
      sender.socket.send('{"type":"\\u0061uth","id":2,"token":"SECRET-0123456789"}');
      sender.socket.send(JSON.stringify({ type: "auth", token: "SECRET".repeat(2000) }));
      await waitFor("an answer", () => heard().some((text) => /"type":"auth"/.test(text)));
      await waitFor("what comes after it", () => {
        sender.socket.send("after");
        return heard().includes("after");
      });
      assert.ok(!heard().some((text) => text.includes("SECRET")));
    },
  );
}
