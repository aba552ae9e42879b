import assert from "node:assert/strict";

const ROOT = new URL("../", import.meta.url);
const DOCUMENT = await Deno.readTextFile(new URL("docs/logs.md", ROOT));
const ROW_REGEXP = /^\| `(\w+)` +\| ([a-z, ]+?) +\| (.+?) *\| (.+?) *\|$/gm;
const LEVELS = ["debug", "info", "warn", "error"];

/** A call of the log: its code, and its level, or all levels where that is computed. */
interface LogCall {
  readonly path: string;
  readonly code: string | undefined;
  readonly levels: readonly string[];
}

/** Finds `log.LEVEL(…, { code: "…" })`, as all of our modules write it. */
function logCallsIn(path: string, source: string): LogCall[] {
  const calls: LogCall[] = [];
  Deno.lint.runPlugin(
    {
      name: "logs",
      rules: {
        calls: {
          create: () => ({
            CallExpression({ callee, arguments: [, properties] }) {
              if (callee.type !== "MemberExpression" || callee.object.type !== "Identifier") return;
              if (callee.object.name !== "log") return;
              const level = !callee.computed && callee.property.type === "Identifier"
                ? [callee.property.name]
                : LEVELS;
              calls.push({ path, code: codeOf(properties), levels: level });
            },
          }),
        },
      },
    },
    path,
    source,
  );
  return calls;
}

function codeOf(properties: Deno.lint.Node | undefined): string | undefined {
  if (properties?.type !== "ObjectExpression") return undefined;
  for (const property of properties.properties) {
    if (property.type !== "Property" || property.key.type !== "Identifier") continue;
    if (property.key.name !== "code" || property.value.type !== "Literal") continue;
    return typeof property.value.value === "string" ? property.value.value : undefined;
  }
  return undefined;
}

async function* sourceFiles(folder: URL): AsyncGenerator<URL> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* sourceFiles(new URL(`${name}/`, folder));
    else if (name.endsWith(".ts") && !name.endsWith("_test.ts")) yield new URL(name, folder);
  }
}

async function allLogCalls(): Promise<LogCall[]> {
  const calls: LogCall[] = [];
  for await (const file of sourceFiles(new URL("src/", ROOT))) {
    calls.push(...logCallsIn(file.pathname, await Deno.readTextFile(file)));
  }
  return calls;
}

const CALLS = await allLogCalls();

Deno.test("Every log call states its code as a literal, by which it can be found", () => {
  assert.ok(CALLS.length > 60);
  for (const { path, code } of CALLS) {
    assert.match(code ?? `a call in ${path} without one`, /^[a-z]+(_[a-z]+)+$/);
  }
});

Deno.test("docs/logs.md has every code with its level, when it comes and what to do, and no other", () => {
  const documented = new Map(
    [...DOCUMENT.matchAll(ROW_REGEXP)].map(([, code = "", levels = ""]) =>
      [code, levels.split(", ")] as const
    ),
  );
  const used = new Set(CALLS.map(({ code = "" }) => code));
  assert.deepEqual([...documented.keys()].toSorted(), [...used].toSorted());
  for (const [code, levels] of documented) {
    const possible = CALLS.filter((call) => call.code === code).flatMap(({ levels }) => levels);
    for (const level of levels) assert.ok(possible.includes(level), `${code} is no ${level}`);
    for (const call of CALLS) {
      if (call.code !== code || call.levels === LEVELS) continue;
      assert.ok(levels.includes(call.levels.join()), `${code} is ${call.levels}`);
    }
  }
});

Deno.test("logCallsIn() finds a call without a literal code, and one whose level is computed", () => {
  const source = 'log.info("a", { code }); log[level]("b", { code: "b_c" }); logger.info("c");';
  assert.deepEqual(logCallsIn("sample.ts", source), [
    { path: "sample.ts", code: undefined, levels: ["info"] },
    { path: "sample.ts", code: "b_c", levels: LEVELS },
  ]);
});
