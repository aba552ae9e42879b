import assert from "node:assert/strict";

/** The example units, held to each other, to the program and to its settings. */

const FOLDER = new URL("../examples/systemd/", import.meta.url);
const COMMANDS = ["server", "aggregator", "prune"] as const;
const SECTION_REGEXP = /^\[(\w+)\]$/;

/** Values by `Section.Name`; a name may come several times. */
async function readUnit(name: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const entries = new Map<string, string[]>();
  let section = "";
  for (const line of (await Deno.readTextFile(new URL(name, FOLDER))).split("\n")) {
    section = SECTION_REGEXP.exec(line)?.[1] ?? section;
    const at = line.indexOf("=");
    if (line.startsWith("#") || at < 0) continue;
    const key = `${section}.${line.slice(0, at)}`;
    entries.set(key, [...entries.get(key) ?? [], line.slice(at + 1)]);
  }
  return entries;
}

const services = await Promise.all(
  COMMANDS.map(async (name) => ({ name, unit: await readUnit(`quotewire-${name}.service`) })),
);

function one(unit: ReadonlyMap<string, readonly string[]>, key: string): string {
  const [value, ...more] = unit.get(`Service.${key}`) ?? [];
  assert.deepEqual(more, [], key);
  return value ?? "";
}

function seconds(text: string): number {
  const [, value, unit] = /^(\d+)(s|min|h)$/.exec(text) ?? [];
  return Number(value) * ({ s: 1, min: 60, h: 3600 }[unit ?? ""] ?? NaN);
}

Deno.test("Each unit runs a command of the one file, which is stopped no sooner than it may take", async () => {
  const main = await Deno.readTextFile(new URL("../main.ts", import.meta.url));
  const settings = await Deno.readTextFile(new URL("../docs/configuration.md", import.meta.url));
  const [, shutdownMs] = /`SHUTDOWN_DEADLINE_MS` +\| (\d+) /.exec(settings) ?? [];
  for (const { name, unit } of services) {
    const [path, command, ...more] = one(unit, "ExecStart").split(" ");
    assert.deepEqual([path, more], ["/opt/quotewire/quotewire", []]);
    assert.match(main, new RegExp(`^  ${command}: \\{$`, "m"));
    if (name === "prune") continue;
    assert.ok(seconds(one(unit, "TimeoutStopSec")) * 1000 > Number(shutdownMs), name);
  }
});

Deno.test("The server's unit leaves room for its own limits of sessions and of memory", async () => {
  const settings = await Deno.readTextFile(new URL("../docs/configuration.md", import.meta.url));
  const setting = (name: string) =>
    Number(new RegExp(`\`${name}\` +\\| (\\d+) `).exec(settings)?.[1]);
  const unit = services[0]?.unit ?? new Map();
  assert.ok(Number(one(unit, "LimitNOFILE")) * 0.9 > setting("MAX_SESSIONS"));
  const gibibytes = Number(/^(\d+)G$/.exec(one(unit, "MemoryMax"))?.[1]);
  assert.ok(gibibytes * 2 ** 30 > setting("MEMORY_BYTES_MAX") * 1.2);
});

Deno.test("The units are equally closed: no rights, nothing to write, no root", () => {
  const hardening =
    /^Service\.(Dynamic|NoNew|Capab|Ambient|Protect|Private|Proc|Restrict[A-Z]|Lock|RemoveIPC|UMask|System)/;
  const closed = services.map(({ unit }) =>
    Object.fromEntries([...unit].filter(([key]) => hardening.test(key)))
  );
  assert.ok(Object.keys(closed[0] ?? {}).length > 20);
  for (const other of closed) assert.deepEqual(other, closed[0]);
  assert.deepEqual(closed[0]?.["Service.DynamicUser"], ["yes"]);
  assert.deepEqual(closed[0]?.["Service.ProtectSystem"], ["strict"]);
  assert.deepEqual(closed[0]?.["Service.CapabilityBoundingSet"], [""]);
});
