import assert from "node:assert/strict";
import { connect } from "./dialogue.ts";

Deno.test("connect lets two wait at once, whichever frame comes first", async () => {
  // The one whose frame came second had moved the other's beginning behind the first, and a chat test that
  // asked twice at once waited in vain on a busy machine.
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request, { protocol: "test" });
    socket.onmessage = () => {
      for (const id of [2, 1, 1, 3]) socket.send(JSON.stringify({ id }));
    };
    return response;
  });
  await using client = await connect(`ws://127.0.0.1:${server.addr.port}/`, "test");
  const frame = (id: number) => client.next(`frame ${id}`, (frame) => frame.id === id);
  const waiting = [frame(1), frame(2), frame(1)];
  client.send("go");
  assert.deepEqual(await Promise.all(waiting), [{ id: 1 }, { id: 2 }, { id: 1 }]);
  assert.deepEqual(await client.next("what is left"), { id: 3 });
  assert.equal(client.received.length, 4);
});
