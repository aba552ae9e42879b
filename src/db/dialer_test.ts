import assert from "node:assert/strict";
import { once } from "node:events";
import { freePort } from "../../tests/support/free_port.ts";
import { sleep } from "../lifecycle.ts";
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

Deno.test("Dialer.dial() goes to the next host after one that could not be had, and stays there", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const hosts = target(freePort(), listener.addr.port);
  const refused = await new Dialer().dial(hosts);
  await once(refused, "error");
  if (!refused.closed) await once(refused, "close");
  for (const dialer of [new Dialer(), new Dialer()]) {
    const socket = await dialer.dial(hosts);
    using peer = await listener.accept();
    await peer.write(new Uint8Array(1));
    await once(socket, "data");
    await sleep(0);
    dialer.cutOff();
  }
});

Deno.test("Dialer.dial() tells the driver where the socket leads, for its messages", async () => {
  // They said "write CONNECT_TIMEOUT 127.0.0.1:undefined".
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const dialer = new Dialer();
  const socket = await dialer.dial(target(listener.addr.port));
  const told = [Reflect.get(socket, "host"), Reflect.get(socket, "port")];
  assert.deepEqual(told, ["127.0.0.1", listener.addr.port]);
  dialer.cutOff();
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
