import assert from "node:assert/strict";
import { openHandshake, readAnswer } from "../../tests/support/handshake.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { SharedMetrics } from "../metrics.ts";
import { AddressCounts } from "./address_counts.ts";
import { Admission, type AdmissionOptions } from "./admission.ts";

const ADDRESS = "203.0.113.9";

/** Nothing waits for anybody. */
const NO_BUFFERS = { full: false, isGreedy: () => false };

interface Stage {
  readonly admission: Admission;
  readonly metrics: SharedMetrics;
}

function stage(
  limits: { sessionsMax: number; sessionsPerIpMax: number },
  buffers: AdmissionOptions["buffers"] = NO_BUFFERS,
  hasAddresses = true,
): Stage {
  const metrics = new SharedMetrics(1);
  const addresses = new AddressCounts(1);
  const held = new AddressCounts(1);
  held.add(0, ADDRESS, 10);
  const counters = metrics.writer(0);
  const options = { limits, row: 0, metrics, counters, addresses, buffers, held, hasAddresses };
  return { metrics, admission: new Admission(options) };
}

Deno.test("Admission.full() names the limit that is reached, and counts a socket until it is closed", async () => {
  const { admission } = stage({ sessionsMax: 2, sessionsPerIpMax: 1 });
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    admission.admit(socket, new URL(request.url).pathname.slice(1));
    return response;
  });
  const open = async (address: string) => {
    const connection = await openHandshake(server.addr.port, `/${address}`);
    assert.equal((await readAnswer(connection)).status, 101);
    return connection;
  };
  assert.equal(admission.full(ADDRESS), undefined);
  const first = await open(ADDRESS);
  assert.equal(admission.full(ADDRESS), "MAX_SESSIONS_PER_IP");
  assert.equal(admission.full("203.0.113.10"), undefined);
  using _second = await open("203.0.113.10");
  assert.equal(admission.full("203.0.113.11"), "MAX_SESSIONS");
  first.close();
  await waitFor("room", () => admission.full(ADDRESS) === undefined);
});

Deno.test("Admission.full() turns away an address for whose clients too much waits, and all when it is too much for all", () => {
  const limits = { sessionsMax: 1, sessionsPerIpMax: 1 };
  const greedy = { full: false, isGreedy: (units: number) => units >= 10 };
  assert.equal(stage(limits, greedy).admission.full(ADDRESS), "send buffers of one address");
  assert.equal(stage(limits, greedy).admission.full("203.0.113.10"), undefined);
  // On loopback six clients that did not read kept out everybody, the dashboard included.
  assert.equal(stage(limits, greedy, false).admission.full(ADDRESS), undefined);
  const { admission } = stage(limits, { ...greedy, full: true });
  assert.equal(admission.full("203.0.113.10"), "send buffers");
});

Deno.test("Admission.admit() gives up a socket whose client vanished during its handshake", async () => {
  // Such a socket reports neither open nor close nor error, so it counted for ever: whoever hung up at the
  // right moment often enough filled MAX_SESSIONS for everybody.
  const { admission, metrics } = stage({ sessionsMax: 1, sessionsPerIpMax: 1 });
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  let states = 0;
  const stop = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {}, signal: stop.signal },
    async (request) => {
      const gone = new Promise((resolve) => request.signal.addEventListener("abort", resolve));
      ask();
      await gone;
      const { socket, response } = Deno.upgradeWebSocket(request);
      for (const type of ["open", "close", "error"]) socket.addEventListener(type, () => states++);
      admission.admit(socket, ADDRESS, 200);
      return response;
    },
  );
  const connection = await openHandshake(server.addr.port, "/");
  await asked;
  connection.close();
  await waitFor("the socket to count", () => metrics.sum("sockets") === 1);
  await waitFor("the socket to be given up", () => metrics.sum("sockets") === 0);
  assert.equal(admission.full(ADDRESS), undefined);
  // Not awaited: such a socket keeps the server from ever finishing.
  stop.abort();
  assert.equal(states, 0, "if this fails, Deno has mended it and the deadline may go");
});
