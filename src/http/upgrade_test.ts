import assert from "node:assert/strict";

/** Opens a socket, and tells whether its request is gone once garbage has been collected. */
const SCRIPT = `
import { AddressSet } from "MODULES/address.ts";
import { Doorkeeper } from "MODULES/auth/doorkeeper.ts";
import { upgrade } from "MODULES/http/upgrade.ts";
const { promise: opened, resolve } = Promise.withResolvers();
let request;
let socket;
const service = {
  protocols: ["a"],
  prepare: () => ({ ok: true, open: (it) => (socket = it).onopen = resolve }),
};
const context = {
  access: { allowedOrigins: [], loopback: true, tls: false },
  admission: { full: () => undefined, admit: () => {} },
  isDraining: () => false,
  doorkeeper: new Doorkeeper(undefined),
  trustedProxies: new AddressSet([]),
  idleTimeoutMs: 30_000,
};
const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (it, info) => {
  request = new WeakRef(it);
  return upgrade(it, info.remoteAddr, service, context);
});
const client = new WebSocket("ws://127.0.0.1:" + server.addr.port, ["a", "b"]);
await opened;
for (let n = 0; n < 50 && request.deref() !== undefined; n++) {
  await new Promise((resolve) => setTimeout(resolve, 20));
  gc();
}
console.log(request.deref() === undefined, socket.readyState === WebSocket.OPEN, client.protocol);
Deno.exit();
`;

Deno.test("upgrade() does not keep the request for as long as the socket lives", async () => {
  // Deno does: 4 KB a session of what had to be read once, the client's token among it.
  const script = SCRIPT.replaceAll("MODULES", new URL("..", import.meta.url).href.slice(0, -1));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-net", "--no-check", "--v8-flags=--expose-gc", "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(script));
  await writer.close();
  const { stdout, stderr } = await child.output();
  assert.equal(new TextDecoder().decode(stdout), "true true a\n", new TextDecoder().decode(stderr));
});
