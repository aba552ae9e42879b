import assert from "node:assert/strict";
import { runScript } from "../../tests/support/piped_script.ts";
import { AddressSet } from "../address.ts";
import { Authenticator } from "../auth/authenticator.ts";
import { Doorkeeper } from "../auth/doorkeeper.ts";
import { TicketWindow } from "../auth/ticket_window.ts";
import { SharedMetrics } from "../metrics.ts";
import { AddressCounts } from "./address_counts.ts";
import { Admission } from "./admission.ts";
import { Anteroom } from "./anteroom.ts";
import { Refusals } from "./refusals.ts";
import { upgrade } from "./upgrade.ts";

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
  frameGuard: { watch: () => {} },
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
  const { stdout, stderr } = await runScript(script, ["--allow-net", "--v8-flags=--expose-gc"]);
  assert.equal(stdout, "true true a\n", stderr);
});

Deno.test("upgrade() tells a client without a token when to come back if too many wait to show one", async () => {
  // 503 without Retry-After: alone of all refusals for want of room.
  const { port1, port2 } = new MessageChannel();
  const tickets = new TicketWindow(port1);
  const settings = {
    tokens: [],
    jwtSecret: "s".repeat(32),
    keys: undefined,
    issuer: undefined,
    audience: undefined,
  };
  const counters = new SharedMetrics(1).writer(0);
  const refusals = new Refusals(counters, 0);
  const anteroom = new Anteroom({ refusals, verify: () => assert.fail("is asked"), guestsMax: 0 });
  const request = new Request("http://127.0.0.1/echo", {
    headers: {
      host: "127.0.0.1",
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    },
  });
  const { status, headers } = await upgrade(request, { hostname: "127.0.0.1", port: 1 }, {
    protocols: [],
    prepare: () => ({ ok: true, open: () => assert.fail("is opened") }),
  }, {
    access: { allowedOrigins: [], loopback: true, tls: false },
    admission: new Admission({
      limits: { sessionsMax: 1, sessionsPerIpMax: 1 },
      row: 0,
      metrics: new SharedMetrics(1),
      counters: new SharedMetrics(1).writer(0),
      addresses: new AddressCounts(1),
      buffers: { full: false, isGreedy: () => false },
      held: new AddressCounts(1),
      hasAddresses: true,
    }),
    isDraining: () => false,
    doorkeeper: new Doorkeeper({ authenticator: new Authenticator(settings), tickets }),
    anteroom,
    refusals,
    frameGuard: { watch: () => assert.fail("is opened") },
    counters,
    trustedProxies: new AddressSet([]),
    idleTimeoutMs: 30_000,
  });
  assert.equal(status, 503);
  assert.ok(Number(headers.get("retry-after")) > 0);
  for (const port of [port1, port2]) port.close();
  await new Promise((resolve) => setTimeout(resolve));
});
