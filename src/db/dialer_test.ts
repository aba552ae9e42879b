import assert from "node:assert/strict";
import { once } from "node:events";
import { freePort } from "../../tests/support/free_port.ts";
import { Dialer } from "./dialer.ts";

function target(...ports: number[]) {
  return { host: ports.map(() => "127.0.0.1"), port: ports, path: false } as const;
}

Deno.test("Dialer.dial() pauses after a connection that ended before a word was said", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const dialer = new Dialer();
  for (let n = 0; n < 2; n++) {
    const startedMs = performance.now();
    const socket = await dialer.dial(target(listener.addr.port));
    if (n > 0) assert.ok(performance.now() - startedMs > 200);
    (await listener.accept()).close();
    socket.resume();
    await once(socket, "close");
  }
});

Deno.test("Dialer.dial() tries the next host each time", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const dialer = new Dialer();
  const refused = await dialer.dial(target(freePort(), listener.addr.port));
  await once(refused, "error");
  const socket = await dialer.dial(target(freePort(), listener.addr.port));
  (await listener.accept()).close();
  socket.destroy();
});

Deno.test("Dialer.cutOff() destroys sockets whose peer says nothing", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const dialer = new Dialer();
  const socket = await dialer.dial(target(listener.addr.port));
  using _peer = await listener.accept();
  dialer.cutOff();
  await once(socket, "close");
  const late = await dialer.dial(target(listener.addr.port));
  assert.equal(late.destroyed, true);
});
