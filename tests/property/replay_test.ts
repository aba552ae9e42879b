import assert from "node:assert/strict";
import fc from "fast-check";
import { type BadLine, readReplayFile } from "../../src/aggregator/replay_file.ts";
import { type Tick, tickFault } from "../../src/aggregator/tick.ts";
import { SetupError } from "../../src/errors.ts";

/** As the file has them: the parser cuts blanks at both ends. */
const aName = fc.string({ unit: "grapheme", minLength: 1, maxLength: 10 })
  .map((name) => name.trim())
  .filter((name) => name.length >= 1 && name.length <= 32 && !/[\0\ufeff]/.test(name));
const aTick: fc.Arbitrary<Tick> = fc.record({
  symbol: aName,
  price: fc.double({ min: 1e-6, max: 1e12, noNaN: true }),
  source: aName,
  timestamp: fc.maxSafeInteger(),
}, { noNullPrototype: true });

Deno.test("readReplayFile() gives back the prices that a CSV file was written from", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(aTick, { minLength: 1, maxLength: 20 }), async (ticks) => {
      const quoted = (value: string | number) => `"${String(value).replaceAll('"', '""')}"`;
      const lines = ticks.map(({ symbol, price, source, timestamp }) =>
        [timestamp, symbol, price, source].map(quoted).join(",")
      );
      const text = ["timestamp,symbol,price,source", ...lines].join("\n");
      const { read, bad } = await readBytes(new TextEncoder().encode(text));
      assert.deepEqual([read, bad], [ticks.map((tick) => ({ ...tick })), []]);
    }),
    { numRuns: 50 },
  );
});

Deno.test("readReplayFile() gives prices that the table takes and nothing else, whatever the file holds", async () => {
  const parts = fc.array(
    fc.oneof(
      fc.constantFrom(",", "\n", "\r\n", '"', "A", "1", "-1", "1e999", "x", "\0", "0x1", "\ufeff"),
      fc.string({ unit: "binary", maxLength: 10 }),
    ),
    { maxLength: 40 },
  ).map((some) => new TextEncoder().encode(some.join("")));
  const header = new TextEncoder().encode("symbol,price,source,timestamp\n");
  const field = fc.constantFrom(
    "A",
    "x",
    "1",
    "0",
    "1e-400",
    "1e999",
    "9".repeat(20),
    "B".repeat(33),
    "",
  );
  const lines = fc.array(fc.array(field, { minLength: 4, maxLength: 4 }), { maxLength: 10 })
    .map((rows) => new TextEncoder().encode(rows.map((row) => row.join(",")).join("\n")));
  const files = fc.oneof(
    parts,
    lines.map((bytes) => new Uint8Array([...header, ...bytes])),
    parts.map((bytes) => new Uint8Array([...header, ...bytes])),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => new Uint8Array([...header, ...bytes])),
  );
  await fc.assert(
    fc.asyncProperty(files, async (bytes) => {
      try {
        const { read } = await readBytes(bytes);
        for (const tick of read) assert.equal(tickFault(tick), undefined);
      } catch (error) {
        assert.ok(error instanceof SetupError, String(error));
      }
    }),
    { numRuns: 100 },
  );
});

async function readBytes(bytes: Uint8Array): Promise<{ read: Tick[]; bad: BadLine[] }> {
  const file = await Deno.makeTempFile({ prefix: "quotewire-replay-" });
  const [read, bad]: [Tick[], BadLine[]] = [[], []];
  try {
    await Deno.writeFile(file, bytes);
    for await (const tick of readReplayFile(file, (line) => bad.push(line))) read.push({ ...tick });
  } finally {
    await Deno.remove(file);
  }
  return { read, bad };
}
