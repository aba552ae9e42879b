import assert from "node:assert/strict";
import housePlugin from "../tools/lint_plugin.ts";
import { CLOSE_CODES } from "../src/session/close_codes.ts";
import { ERROR_CODES } from "../src/session/error_codes.ts";
import { PROJECT as ROOT, projectFiles, readProjectFile as read } from "./support/project_files.ts";

/**
 * The repository, held to its own documents: what ARCHITECTURE.md says of imports, what the documents
 * say of variables and codes, and that nothing lies about unused.
 */

const ENTRY_POINTS = [
  "main.ts",
  "src/server/worker.ts",
  "static/app/main.tsx",
  "static/app/chart/main.ts",
  "static/app/test_client/main.tsx",
];

interface ModuleGraph {
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly code?: { readonly specifier?: string };
      readonly type?: { readonly specifier?: string };
    }[];
  }[];
}

async function run(command: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args,
    cwd: ROOT,
    stdin: "null",
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** Imports between the project's own files, as `[from, to]`. */
async function imports(): Promise<[string, string][]> {
  const edges = new Map<string, [string, string]>();
  for (const entry of ENTRY_POINTS) {
    const graph: ModuleGraph = JSON.parse(await run(Deno.execPath(), "info", "--json", entry));
    for (const { specifier, dependencies = [] } of graph.modules) {
      for (const { code, type } of dependencies) {
        for (const { specifier: target = "" } of [code ?? {}, type ?? {}]) {
          if (!specifier.startsWith(ROOT.href) || !target.startsWith(ROOT.href)) continue;
          const edge: [string, string] = [
            specifier.slice(ROOT.href.length),
            target.slice(ROOT.href.length),
          ];
          edges.set(edge.join(" -> "), edge);
        }
      }
    }
  }
  return [...edges.values()];
}

/** The layer that a file belongs to, in the words of the table; `undefined` for main.ts. */
function layerOf(path: string): string | undefined {
  // It holds the version.
  if (path === "deno.json") return "base";
  if (path.startsWith("static/app/")) return "app";
  const match = path.match(/^src\/(?:(\w+)\/)?[^/]+$/);
  return match === null ? undefined : match[1] ?? "base";
}

/** What ARCHITECTURE.md allows: layer to the layers that it may import. */
async function allowedImports(): Promise<Map<string, Set<string>>> {
  const rows = (await read("ARCHITECTURE.md")).matchAll(/^\| `(.+?)` +\|.*\|(.*)\|$/gm);
  const table = new Map<string, Set<string>>();
  for (const [, folder = "", allowed = ""] of rows) {
    const layer = folder === "src/*.ts" ? "base" : folder.replace(/^(src|static)\/|\/$/g, "");
    const layers = allowed.split(",").map((word) => word.trim()).filter((word) => word !== "");
    table.set(layer, new Set(layers));
  }
  return table;
}

Deno.test("Every import between folders is one that ARCHITECTURE.md allows", async () => {
  const allowed = await allowedImports();
  assert.ok(allowed.size > 10, "the table is found");
  const wrong = (await imports()).filter(([from, to]) => {
    const [layer, target] = [layerOf(from), layerOf(to)];
    if (layer === undefined || layer === target) return false;
    return target === undefined || !allowed.get(layer)?.has(target);
  });
  assert.deepEqual(wrong.map((edge) => edge.join(" -> ")), []);
});

Deno.test("Every folder with source has its row in ARCHITECTURE.md", async () => {
  const allowed = await allowedImports();
  const layers = new Set((await projectFiles()).flatMap((path) => layerOf(path) ?? []));
  assert.deepEqual([...layers].filter((layer) => !allowed.has(layer)), []);
});

Deno.test("Every source file is reached from an entry point", async () => {
  const reached = new Set((await imports()).flat().concat(ENTRY_POINTS));
  const sources = (await projectFiles()).filter((path) =>
    /^(src|static\/app)\/.*\.tsx?$/.test(path) && !path.endsWith("_test.ts")
  );
  assert.deepEqual(sources.filter((path) => !reached.has(path)), []);
});

Deno.test("Every file and function keeps to its size", async () => {
  const faults: string[] = [];
  for (const path of (await projectFiles()).filter((file) => /\.tsx?$/.test(file))) {
    for (const { id, message } of Deno.lint.runPlugin(housePlugin, path, await read(path))) {
      faults.push(`${path}: ${id}: ${message}`);
    }
  }
  assert.deepEqual(faults, []);
});

Deno.test("The files of the source have a median length under 120 lines", async () => {
  const sources = (await projectFiles()).filter((path) =>
    /^src\/.*\.ts$/.test(path) && !path.endsWith("_test.ts")
  );
  const lengths = await Promise.all(
    sources.map(async (path) => (await read(path)).split("\n").length),
  );
  const median = lengths.sort((a, b) => a - b)[lengths.length >> 1] ?? 0;
  assert.ok(median < 120, `is ${median}`);
});

Deno.test("Environment variables are read in the commands and the configuration alone", async () => {
  const sources = (await projectFiles()).filter((path) =>
    /^src\/.*\.ts$/.test(path) && !path.endsWith("_test.ts")
  );
  const readers: string[] = [];
  for (const path of sources) {
    if (/\bDeno\.env\.\w+\(/.test(await read(path))) readers.push(path);
  }
  assert.deepEqual(readers, []);
});

Deno.test("Every environment variable is documented, and every documented one is read", async () => {
  const readers = [
    "src/config.ts",
    "src/aggregator_config.ts",
    "src/auth_config.ts",
    "src/backbone_config.ts",
    "src/commands/client_token.ts",
  ];
  const source = (await Promise.all(readers.map(read))).join("\n");
  const names = new Set([...source.matchAll(/"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)"/g)]
    .flatMap(([, name]) => name ?? []));
  const documented = [...(await read("docs/configuration.md")).matchAll(/^\| `([A-Z_0-9]+)` +\|/gm)]
    .flatMap(([, name]) => name ?? []);
  const exampled = [...(await read(".env.example")).matchAll(/^# ?([A-Z_0-9]+)=/gm)]
    .flatMap(([, name]) => name ?? []);
  assert.deepEqual(documented.toSorted(), [...names].toSorted());
  assert.deepEqual(exampled.toSorted(), [...names].toSorted());
});

Deno.test("Every environment variable is granted to the tasks that read it", async () => {
  const readers = [
    "src/config.ts",
    "src/aggregator_config.ts",
    "src/auth_config.ts",
    "src/backbone_config.ts",
  ];
  const config = (await Promise.all(readers.map(read))).join("\n");
  const names = [...config.matchAll(/"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)"/g)]
    .flatMap(([, name]) => name ?? []);
  const { permissions } = JSON.parse(await read("deno.json"));
  const isGranted = (name: string, patterns: string[]) =>
    patterns.some((pattern) =>
      pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern
    );
  const { serve, aggregator, embedded } = permissions;
  assert.deepEqual(names.filter((name) => !isGranted(name, embedded.env)), []);
  const apart = [...serve.env, ...aggregator.env];
  assert.deepEqual(names.filter((name) => !isGranted(name, apart)), []);
});

Deno.test("No task may do everything, but those of developers", async () => {
  const { tasks }: { tasks: Record<string, { command: string }> } = JSON.parse(
    await read("deno.json"),
  );
  const unlimited = Object.entries(tasks).flatMap(([name, { command }]) =>
    /\bdeno (run|test) (?!.*--no-prompt)|(^| )(-A|--allow-all)\b/.test(command) ? [name] : []
  );
  assert.deepEqual(unlimited, ["test", "fuzz", "soak", "bench"]);
});

Deno.test("Every close code is documented with its reason and advice, and every documented one exists", async () => {
  const rows = [
    ...(await read("docs/protocol.md")).matchAll(/^\| (\d{4}) +\| (.+?) +\|.*\| (yes|no) +\|$/gm),
  ];
  const documented = rows.map(([, code, reason, reconnect]) => `${code} ${reason} ${reconnect}`);
  const known = Object.values(CLOSE_CODES).map(({ code, reason, reconnect }) =>
    `${code} ${reason} ${reconnect ? "yes" : "no"}`
  );
  assert.deepEqual(documented.toSorted(), known.toSorted());
});

Deno.test("Every error code is documented, and every documented one exists", async () => {
  const rows = [...(await read("docs/protocol.md")).matchAll(/^\| `([a-z_]+)` +\| .*\|$/gm)];
  const documented = rows.flatMap(([, code]) => code ?? [])
    .filter((code) => Object.hasOwn(ERROR_CODES, code));
  assert.deepEqual(documented.toSorted(), Object.keys(ERROR_CODES).toSorted());
});

Deno.test("Every document has one title, and its links lead somewhere", async () => {
  const faults: string[] = [];
  const files = new Set(await projectFiles());
  for (const path of [...files].filter((path) => path.endsWith(".md"))) {
    const text = (await read(path)).replace(/^```[\s\S]*?^```/gm, "");
    if ([...text.matchAll(/^# /gm)].length !== 1) faults.push(`${path}: must have one title`);
    for (const [, link = ""] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
      if (/^[a-z]+:/.test(link)) continue;
      const target = new URL(link, new URL(path, ROOT)).href.slice(ROOT.href.length);
      const exists = files.has(target) ||
        [...files].some((file) => file.startsWith(target.endsWith("/") ? target : `${target}/`));
      if (!exists) faults.push(`${path}: ${link} leads nowhere`);
    }
  }
  assert.deepEqual(faults, []);
});

Deno.test("Every task that a document names exists", async () => {
  const { tasks } = JSON.parse(await read("deno.json"));
  const faults: string[] = [];
  for (const path of (await projectFiles()).filter((file) => /\.(md|yml|ts|tsx)$/.test(file))) {
    for (
      const [, task = ""] of (await read(path)).matchAll(
        /deno(?:@[\d.]+)? task ([a-z][a-z:-]*[a-z])/g,
      )
    ) {
      if (!Object.hasOwn(tasks, task)) faults.push(`${path}: deno task ${task}`);
    }
  }
  assert.deepEqual(faults, []);
});

Deno.test("Nothing is left for later", async () => {
  const marks = new RegExp(
    `\\b(${["TO", "FIX"].map((word) => `${word}${word === "TO" ? "DO" : "ME"}`).join("|")})\\b`,
  );
  const found: string[] = [];
  for (
    const path of (await projectFiles()).filter((file) => /\.(ts|tsx|sql|css|md|yml)$/.test(file))
  ) {
    if (marks.test(await read(path))) found.push(path);
  }
  assert.deepEqual(found, []);
});
