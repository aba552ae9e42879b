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
    dialer.answered();
    dialer.cutOff();
  }
});

Deno.test("Dialer.dial() goes to the next host after one that says something and does not work", async () => {
  // One that starts up or has no place left says so, and one that hangs may have greeted before.
  using first = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using second = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const dialer = new Dialer();
  const hosts = target(first.addr.port, second.addr.port);
  const socket = await dialer.dial(hosts);
  const peer = await first.accept();
  await peer.write(new Uint8Array(1));
  await once(socket, "data");
  dialer.end();
  peer.close();
  await once(socket, "close");
  const next = await dialer.dial(hosts);
  assert.equal(Reflect.get(next, "port"), second.addr.port);
  dialer.cutOff();
});

Deno.test("Dialer.dial() notices the end of a socket from which the driver has removed all listeners", async () => {
  // As it does over TLS: such a pool stayed with its first host, whatever became of that.
  using first = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using second = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const dialer = new Dialer();
  const hosts = target(first.addr.port, second.addr.port);
  let lost = 0;
  for (const [listener, works] of [[first, true], [first, false], [second, true]] as const) {
    const socket = await dialer.dial(hosts);
    assert.equal(Reflect.get(socket, "port"), listener.addr.port);
    const peer = await listener.accept();
    await peer.write(new Uint8Array(1));
    await once(socket, "data");
    socket.removeAllListeners();
    if (works) dialer.answered();
    assert.equal(dialer.host, works ? [first, second].indexOf(listener) : undefined);
    assert.equal(dialer.lost, lost);
    peer.close();
    socket.resume();
    await once(socket, "close");
    lost += works ? 1 : 0;
    assert.deepEqual([dialer.host, dialer.lost], [undefined, lost]);
  }
});

Deno.test("Dialer.answered() means the connection that was heard last, and leaves other hosts", async () => {
  // The one that had been heard first was meant: a pooler that greets and hangs was taken for the one that
  // had answered, and the connection to the host that works was ended.
  using first = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using second = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let left = 0;
  const dialer = new Dialer({ onLeft: () => left += 1 });
  const hosts = target(first.addr.port, second.addr.port);
  const slow = await dialer.dial(hosts);
  using slowPeer = await first.accept();
  const hears = async (socket: typeof slow, peer: Deno.TcpConn) => {
    await peer.write(new Uint8Array(1));
    await once(socket, "data");
    await sleep(2);
  };
  await hears(slow, slowPeer);
  // Another pool has left the first host meanwhile.
  const other = await new Dialer().dial(hosts);
  (await first.accept()).close();
  other.resume();
  await once(other, "close");
  const quick = await dialer.dial(hosts);
  using quickPeer = await second.accept();
  await hears(quick, quickPeer);
  dialer.answered();
  assert.deepEqual([dialer.host, left], [1, 1]);
  await hears(slow, slowPeer);
  dialer.answered();
  assert.deepEqual([dialer.host, left], [0, 2]);
  dialer.cutOff();
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
