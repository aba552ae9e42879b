import assert from "node:assert/strict";
import { readProjectFile } from "../support/project_files.ts";
import { COMMANDS, treatmentOf } from "./commands.ts";
import { CommandStage } from "./command_stage.ts";
import { readDocuments } from "./read_documents.ts";
import { commandsOf, type DocumentCommand } from "./shell_commands.ts";
import type { Treatment } from "./treatment.ts";

// Every command that a document tells its reader to type is typed here.

/** What was changed then is told in the commands of then. */
const HISTORY = "CHANGELOG.md";
/** Most of the time a command waits; so the next ones are begun meanwhile. */
const AHEAD = 3;

const commands = await readCommands();
const runs = [...commands.values()].flatMap((command) => {
  const treatment = treatmentOf(command.text);
  return treatment === undefined ? [] : [{ ...command, treatment }];
});
const begun: Promise<PromiseSettledResult<void>>[] = [];
let stage: CommandStage | undefined;

Deno.test.beforeAll(async () => {
  stage = await CommandStage.start();
});
Deno.test.afterAll(async () => {
  await Promise.all(begun);
  await stage?.[Symbol.asyncDispose]();
});

for (const [index, { path, line, text }] of runs.entries()) {
  Deno.test({
    name: `${path}:${line} ${text}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const window = runs.slice(index, index + AHEAD);
      for (const [ahead, run] of window.entries()) begun[index + ahead] ??= settle(run);
      const result = await begun[index];
      if (result?.status === "rejected") throw result.reason;
    },
  });
}

Deno.test("Every command of the documents is run, or held otherwise", () => {
  const missing = [...commands.values()].filter(({ text }) => treatmentOf(text) === undefined)
    .map(({ text, path, line }) => `${path}:${line}: ${text}`);
  assert.deepEqual(
    missing,
    [],
    "Say in COMMANDS of tests/documents/commands.ts how these are run; its comment has the ways",
  );
});

// A program passes over a variable that it does not know, so that running it shows nothing.
Deno.test("Every variable that a command of ours sets is a setting, or Deno's", async () => {
  const documented = await readProjectFile("docs/configuration.md");
  const unknown = [...commands.values()].filter(({ text }) => /\bdeno (task|run) /.test(text))
    .flatMap(({ text, path, line }) =>
      [...text.matchAll(/(?:^| )([A-Z][A-Z0-9_]*)=/g)]
        .map(([, name = ""]) => ({ name, at: `${path}:${line}` }))
    )
    .filter(({ name }) => !documented.includes(`\`${name}\``) && !/^(DENO|OTEL)_/.test(name));
  assert.deepEqual(unknown, []);
});

Deno.test("Every command that is run is one of the documents", () => {
  assert.deepEqual(Object.keys(COMMANDS).filter((text) => !commands.has(text)), []);
});

/** By their text, each with the first place where it stands. */
async function readCommands(): Promise<Map<string, DocumentCommand>> {
  const found = new Map<string, DocumentCommand>();
  for (const document of await readDocuments()) {
    if (document.path === HISTORY) continue;
    for (const command of commandsOf(document)) {
      if (isNameAlone(command) || found.has(command.text)) continue;
      found.set(command.text, command);
    }
  }
  return found;
}

/** A task that a sentence names: that it exists is what tests/tidy_test.ts holds. */
function isNameAlone({ text, isInline }: DocumentCommand): boolean {
  return isInline && /^deno task ([a-z:-]+( \[[A-Z]+\])?|…)$/.test(text);
}

async function settle(
  { text, treatment }: { readonly text: string; readonly treatment: Treatment },
): Promise<PromiseSettledResult<void>> {
  if (stage === undefined) throw new Error("Cannot run a command: the stage must be there");
  const [result] = await Promise.allSettled([treatment(text, stage)]);
  return result;
}
