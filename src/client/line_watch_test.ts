import assert from "node:assert/strict";
import { ClientFixture } from "../../tests/support/client_fixture.ts";
import { wireQuote } from "../../tests/support/protocol_server.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { printChanges } from "./line_watch.ts";

Deno.test("printChanges() prints a line for each price that is new, with tabs between", async () => {
  await using fixture = new ClientFixture();
  const lines: string[] = [];
  printChanges(fixture.client, (line) => lines.push(line));
  const session = await fixture.server.next();
  await session.welcome(5, [wireQuote("A", 101, 1_800_000_000, { open: 100 })]);
  session.update(6, [wireQuote("A", 99, 1_800_000_001)]);
  await waitFor("two lines", () => lines.length === 2);
  assert.deepEqual(lines, [
    "2027-01-15T08:00:00.000Z\tA\ttest\t101\t+1.00%",
    "2027-01-15T08:00:01.000Z\tA\ttest\t99\t-1.00%",
  ]);
});

Deno.test("printChanges() does not repeat, after a restart of the server, what it has printed", async () => {
  await using fixture = new ClientFixture();
  const lines: string[] = [];
  printChanges(fixture.client, (line) => lines.push(line));
  const first = await fixture.server.next();
  await first.welcome(5, [wireQuote("A", 1, 100), wireQuote("B", 1, 100)]);
  await fixture.phase("live");
  first.close(1011, "server fault");
  const second = await fixture.server.next();
  second.hello({ epoch: "epoch-2" });
  second.acknowledge(await second.receive("resume"));
  second.snapshot(1, [wireQuote("A", 1, 100), wireQuote("B", 2, 101)], { epoch: "epoch-2" });
  await fixture.phase("live");
  assert.deepEqual(lines.map((line) => line.split("\t")[1]), ["A", "B", "B"]);
});

Deno.test("printChanges() keeps a line to a line, whatever a symbol contains", async () => {
  await using fixture = new ClientFixture();
  const lines: string[] = [];
  printChanges(fixture.client, (line) => lines.push(line));
  const session = await fixture.server.next();
  await session.welcome(5, [wireQuote("A\n\t\x1b[0m", 1, 9e15, { open: 1 })]);
  await waitFor("the line", () => lines.length === 1);
  assert.deepEqual(lines, ["9000000000000000\tA\ufffd\ufffd\ufffd[0m\ttest\t1\t0.00%"]);
});
