import assert from "node:assert/strict";
import { anchorsOf, blockOf, parseDocument } from "./document.ts";
import { commandsOf } from "./shell_commands.ts";

const TEXT = [
  "# A `title`, it is",
  "",
  "Type `deno task chat --help`, or",
  "`echo hi |",
  "deno task chat`; `deno.json` is no command.",
  "",
  "```sh",
  "deno task serve   # starts it",
  "A=1 deno task watch \\",
  "  --symbols 'A #1' # shows it",
  "",
  "# nothing here",
  "curl http://127.0.0.1:8080/",
  "```",
  "",
  "## A `title`, it is",
  "",
  "```ts ignore",
  "const a = 1;",
  "```",
].join("\n");
const document = parseDocument("docs/a.md", TEXT);

Deno.test("parseDocument() finds blocks with their language, words, line and heading", () => {
  const [shell, program] = document.blocks;
  assert.deepEqual([shell?.language, shell?.line, shell?.heading], ["sh", 7, "A `title`, it is"]);
  assert.deepEqual([program?.language, program?.attributes], ["ts", ["ignore"]]);
  assert.equal(blockOf(document, "A `title`, it is", "ts"), "const a = 1;");
});

Deno.test("blockOf() says what is there instead of the block that is asked for", () => {
  assert.throws(
    () => blockOf(document, "A `title`, it is", "sql"),
    new RangeError('Cannot read docs/a.md: below "A `title`, it is" must be sql block 0, are 0'),
  );
});

Deno.test("anchorsOf() names headings as GitHub does, those of the same words by number", () => {
  assert.deepEqual([...anchorsOf(document)], ["a-title-it-is", "a-title-it-is-1"]);
});

Deno.test("commandsOf() finds commands in blocks and sentences, whole and without comments", () => {
  assert.deepEqual(commandsOf(document).map(({ text, line }) => `${line} ${text}`), [
    "3 deno task chat --help",
    "4 echo hi | deno task chat",
    "8 deno task serve",
    "9 A=1 deno task watch --symbols 'A #1'",
    "13 curl http://127.0.0.1:8080/",
  ]);
});
