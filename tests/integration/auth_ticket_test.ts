import assert from "node:assert/strict";
import { authTest, DESK_TOKEN } from "../support/auth_stage.ts";
import { handshake } from "../support/handshake.ts";

authTest(
  "A ticket opens one socket, on whichever worker, and no second one",
  async ({ server, ask }) => {
    assert.equal((await ask("/api/ticket", undefined, "POST")).status, 401);
    for (let round = 0; round < 10; round += 1) {
      const answer = await ask("/api/ticket", DESK_TOKEN, "POST");
      assert.equal(answer.headers.get("cache-control"), "private, no-store");
      const { ticket, expires_in_ms: expiresInMs, subject } = await answer.json();
      assert.equal(expiresInMs, 30_000);
      assert.equal(subject, "desk");
      // All at once, so that the kernel spreads them over the workers.
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => handshake(server.port, `/echo?ticket=${ticket}`)),
      );
      const statuses = answers.map(({ status }) => status).sort();
      assert.deepEqual(statuses, [101, ...Array.from({ length: 7 }, () => 401)]);
    }
  },
  { WORKERS: "4" },
);

authTest(
  "A ticket is good in every carrier of a socket, and for nothing else",
  async ({ server, ask }) => {
    const fetchTicket = async () => {
      const { ticket } = await (await ask("/api/ticket", DESK_TOKEN, "POST")).json();
      return String(ticket);
    };
    const header = { authorization: `Bearer ${await fetchTicket()}` };
    assert.equal((await handshake(server.port, "/echo", { headers: header })).status, 101);
    const subprotocol = { "sec-websocket-protocol": `quotewire.bearer.${await fetchTicket()}` };
    assert.equal((await handshake(server.port, "/echo", { headers: subprotocol })).status, 101);
    // A token in a URL would be in the log of every proxy on the way.
    assert.equal((await handshake(server.port, `/echo?ticket=${DESK_TOKEN}`)).status, 401);
    const ticket = await fetchTicket();
    assert.equal((await ask("/api/prices", ticket)).status, 401);
    assert.equal((await ask("/api/ticket", ticket, "POST")).status, 401);
  },
);

authTest(
  "The server keeps 200 tickets of one subject that nobody has used, and no more",
  async ({ ask }) => {
    const statuses: number[] = [];
    let retryAfter: string | null = null;
    for (let count = 0; count < 201; count += 1) {
      const answer = await ask("/api/ticket", DESK_TOKEN, "POST");
      await answer.body?.cancel();
      statuses.push(answer.status);
      retryAfter = answer.headers.get("retry-after");
    }
    assert.deepEqual([...new Set(statuses.slice(0, 200))], [200]);
    assert.equal(statuses.at(-1), 503);
    // Of all answers 503, this alone did not say when to come back.
    assert.equal(retryAfter, "30");
  },
);
