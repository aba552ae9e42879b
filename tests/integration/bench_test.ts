import assert from "node:assert/strict";
import { Bench } from "../../bench/bench.ts";
import { type FanOut, fanOutVariant } from "../../bench/fan_out.ts";
import type { Load } from "../../bench/generator.ts";

/** So that the benchmark cannot rot: tiny runs, of which no figure is looked at. */

const LOAD: Load = { clients: 5, symbols: 50, updatesPerSecond: 1000, batchMs: 20, seconds: 0.5 };
const V1: Load = { ...LOAD, protocol: "quotewire.v1.json" };
const UPDATES = LOAD.clients * LOAD.updatesPerSecond * LOAD.seconds;

function test(name: string, run: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: run });
}

async function measure(fanOut: Omit<FanOut, "name">) {
  // How busy the machine is decides nothing here.
  const bench = await Bench.create({ rounds: 1, noisy: true, print: () => {} });
  const [result] = await bench.takeTurns([
    await fanOutVariant(bench, { name: "tiny", warmUpSeconds: 0, ...fanOut }),
  ]);
  const [run] = result?.runs ?? [];
  assert.ok(run !== undefined, result?.notRun);
  return run;
}

function faulty(fault: string): Pick<FanOut, "server" | "serverArgs" | "load"> {
  const program = new URL("../support/faulty_feed.ts", import.meta.url).pathname;
  return {
    server: { command: Deno.execPath(), args: ["run", "-A", program], versions: {} },
    serverArgs: [`fault=${fault}`],
    load: { ...V1, graceMs: 500 },
  };
}

for (const generator of ["generator", "receiver"] as const) {
  test(`fanOutVariant() accounts for every update of Quotewire, with the ${generator}`, async () => {
    const { values, faults } = await measure({ server: "quotewire", generator, load: V1 });
    assert.deepEqual(faults, []);
    assert.equal((values.delivered ?? 0) + (values.conflated ?? 0), UPDATES);
  });

  test(`fanOutVariant() accounts for what each client asked for, with the ${generator}`, async () => {
    const load = { ...V1, list: 5, differentLists: true };
    const { values, faults } = await measure({ server: "quotewire", generator, load });
    assert.deepEqual(faults, []);
    assert.equal((values.delivered ?? 0) + (values.conflated ?? 0), UPDATES / 10);
  });
}

test("fanOutVariant() accounts for every update of a peer", async () => {
  const { values, faults } = await measure({
    server: "deno",
    load: LOAD,
    serverArgs: ["frames=each"],
  });
  assert.deepEqual(faults, []);
  assert.equal(values.frames, UPDATES);
});

test("fanOutVariant() finds nothing wrong with a right server", async () => {
  assert.deepEqual((await measure(faulty("none"))).faults, []);
});

for (const generator of ["generator", "receiver"] as const) {
  test(`fanOutVariant() reads compressed frames, with the ${generator}`, async () => {
    const server = faulty("none");
    const load = { ...server.load, protocol: "quotewire.v1.deflate" };
    const { values, faults } = await measure({ ...server, generator, load });
    assert.deepEqual(faults, []);
    assert.equal(values.delivered, UPDATES);
  });

  test(`fanOutVariant() reads the compressed streams of Quotewire, with the ${generator}`, async () => {
    const load = { ...LOAD, protocol: "quotewire.v1.deflate" };
    const { values, faults } = await measure({ server: "quotewire", generator, load });
    assert.deepEqual(faults, []);
    assert.equal(values.delivered, UPDATES);
  });

  test(`fanOutVariant() finds a piece that a client was not sent, with the ${generator}`, async () => {
    const server = faulty("piece");
    const load = { ...server.load, protocol: "quotewire.v1.deflate" };
    const { faults } = await measure({ ...server, generator, load });
    assert.match(faults.join("\n"), /differs from what others got|cannot read/i);
  });
}

for (
  const [fault, sign] of [
    ["lost", /promises 120 updates, has 119/],
    ["old", /went back from update \d+ to \d+/],
    ["number", /number went back from 5 to 4/],
    ["end", /499 delivered and 0 conflated of 500 published/],
  ] as const
) {
  test(`fanOutVariant() finds the fault "${fault}" of a server`, async () => {
    assert.match((await measure(faulty(fault))).faults.join("\n"), sign);
  });
}

test("fanOutVariant() finds that a server has ended", async () => {
  const server = { command: Deno.execPath(), args: ["eval", "Deno.exit(3)"], versions: {} };
  const { faults } = await measure({ server, load: LOAD });
  assert.match(faults.join("\n"), /ended with 3/);
});
