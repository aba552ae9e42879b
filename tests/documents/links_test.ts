import assert from "node:assert/strict";
import { projectFiles, readProjectFile } from "../support/project_files.ts";
import { anchorsOf } from "./document.ts";
import { readDocuments } from "./read_documents.ts";

// That the files of links exist is held by tests/tidy_test.ts; here is what they point to within them.

const documents = await readDocuments();
const LINK_REGEXP = /\]\(([^)#\s]*)#([^)\s]+)\)/g;
/** A link to a source file, a colon, and symbols in backticks. */
const POINTER_REGEXP =
  /\]\(([^)#\s]+\.(?:tsx?|html|css|sql|yml|js))\):\s+(`[^`]+`(?:(?:,|,? and)\s+`[^`]+`)*)/g;

/** The path of a link's target, relative to the project's folder. */
function targetOf(path: string, link: string): string {
  if (link === "") return path;
  const base = "file:///";
  return new URL(link, new URL(path, base)).href.slice(base.length);
}

Deno.test("Every link to a heading finds it", () => {
  const anchors = new Map(documents.map((document) => [document.path, anchorsOf(document)]));
  const faults: string[] = [];
  let links = 0;
  for (const { path, prose } of documents) {
    for (const [, link = "", anchor = ""] of prose.matchAll(LINK_REGEXP)) {
      if (/^[a-z]+:/.test(link)) continue;
      links += 1;
      const target = targetOf(path, link);
      if (anchors.get(target)?.has(anchor) !== true) faults.push(`${path}: ${link}#${anchor}`);
    }
  }
  assert.ok(links > 20);
  assert.deepEqual(faults, []);
});

Deno.test("Every link by a name has its address, and every address is used", () => {
  const faults: string[] = [];
  for (const { path, prose } of documents) {
    const text = prose.replace(/`[^`]*`/g, "");
    const defined = [...text.matchAll(/^\[([^\]]+)\]: \S+$/gm)].flatMap(([, name]) => name ?? []);
    const rest = text.replace(/^\[[^\]]+\]: \S+$/gm, "");
    const named = [...rest.matchAll(/\[([^\]]+)\](?:\[([^\]]*)\])?(?![\[(])/g)]
      .map(([, words = "", name = ""]) => name === "" ? words : name);
    for (const name of defined) {
      if (!named.includes(name)) faults.push(`${path}: ${name} is unused`);
    }
    const full = [...rest.matchAll(/\]\[([^\]]+)\]/g)].flatMap(([, name]) => name ?? []);
    for (const name of full) {
      if (!defined.includes(name)) faults.push(`${path}: ${name} leads nowhere`);
    }
  }
  assert.deepEqual(faults, []);
});

Deno.test("Every document is listed in docs/README.md, the decisions by their folder", () => {
  const index = documents.find(({ path }) => path === "docs/README.md");
  const paths = documents.map(({ path }) => path).filter((path) =>
    /^docs\/(tutorials\/)?[^/]+$/.test(path)
  );
  const links = [...index?.prose.matchAll(/\]\(([^)#]+)\)/g) ?? []].map(([, link = ""]) =>
    targetOf("docs/README.md", link)
  );
  assert.deepEqual(paths.filter((path) => !["docs/README.md", ...links].includes(path)), []);
});

Deno.test("Every link in the source to a document's heading finds it", async () => {
  const anchors = new Map(documents.map((document) => [document.path, anchorsOf(document)]));
  const faults: string[] = [];
  const sources = (await projectFiles()).filter((path) =>
    /\.(tsx?|html|yml|sql)$/.test(path) && !path.endsWith("_test.ts")
  );
  for (const path of sources) {
    const text = await readProjectFile(path);
    for (
      const [link, target = "", anchor = ""] of text.matchAll(/\b(docs\/[\w/]+\.md)#([\w-]+)/g)
    ) {
      if (anchors.get(target)?.has(anchor) !== true) faults.push(`${path}: ${link}`);
    }
  }
  assert.deepEqual(faults, []);
});

Deno.test("Every symbol that a document points to is in that file", async () => {
  const faults: string[] = [];
  let pointers = 0;
  for (const { path, prose } of documents) {
    for (const [, link = "", symbols = ""] of prose.matchAll(POINTER_REGEXP)) {
      const target = targetOf(path, link);
      const source = await readProjectFile(target);
      for (const [, symbol = ""] of symbols.matchAll(/`([^`]+)`/g)) {
        pointers += 1;
        if (!isThere(target, source, symbol)) faults.push(`${path}: ${symbol} in ${target}`);
      }
    }
  }
  assert.ok(pointers > 20);
  assert.deepEqual(faults, []);
});

/** `Class`, `CONSTANT`, `function()` or `Class.method()` that a module declares; elsewhere any text. */
function isThere(path: string, source: string, symbol: string): boolean {
  if (!/\.tsx?$/.test(path)) return source.includes(symbol);
  return symbol.replace(/\(\)$/, "").split(".").every((name) =>
    new RegExp(`\\b(class|function|const|interface|type) ${name}\\b`).test(source) ||
    new RegExp(`^ +(static |async |get )*${name}[(<]`, "m").test(source)
  );
}
