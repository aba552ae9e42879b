import assert from "node:assert/strict";
import { parse } from "yaml";
import { PROJECT } from "../support/project_files.ts";
import { testDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import type { Block } from "./document.ts";
import { readDocuments } from "./read_documents.ts";

/** Its statements build on each other: own_table_test.ts plays them. */
const PLAYED = "docs/tutorials/own_table.md";
const documents = await readDocuments();

/** All blocks of a language, with where each stands. */
function blocksIn(...languages: string[]): (Block & { readonly at: string })[] {
  return documents.flatMap(({ path, blocks }) =>
    blocks.filter(({ language }) => languages.includes(language))
      .map((block) => ({ ...block, at: `${path}:${block.line}` }))
  );
}

Deno.test("Every JSON and YAML block of the documents can be read", () => {
  for (const { at, text } of blocksIn("json")) {
    assert.doesNotThrow(() => JSON.parse(text), `${at} must be JSON`);
  }
  for (const { at, text } of blocksIn("yaml", "yml")) {
    assert.doesNotThrow(() => parse(text), `${at} must be YAML`);
  }
});

Deno.test("Every SQL block of the documents runs in Quotewire's schema", async () => {
  await using database = await testDatabase();
  for (const { at, text } of blocksIn("sql").filter((block) => !block.at.startsWith(PLAYED))) {
    const running = query(database.url, (sql) => sql.unsafe(text).simple());
    await assert.doesNotReject(running, `${at} must run`);
  }
});

Deno.test("Every JavaScript and TypeScript block of the documents is right for Deno's compiler", async () => {
  const paths = documents.flatMap(({ path, blocks }) =>
    blocks.some(({ language }) => /^[jt]sx?$/.test(language)) ? [path] : []
  );
  assert.ok(paths.length > 1);
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "--doc", ...paths],
    cwd: PROJECT,
    env: { NO_COLOR: "1" },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
});
