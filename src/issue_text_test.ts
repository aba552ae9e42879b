import assert from "node:assert/strict";
import * as v from "valibot";
import { issueText } from "./issue_text.ts";

const schema = v.object({ names: v.array(v.pipe(v.string(), v.maxLength(3))) });

function textOf(input: unknown): string {
  const { issues } = v.safeParse(schema, input);
  assert.ok(issues !== undefined);
  return issueText(issues);
}

Deno.test("issueText() says what is wrong, and where", () => {
  assert.equal(
    textOf({ names: ["four"] }),
    "names.0: Invalid length: Expected <=3 but received 4",
  );
});

Deno.test("issueText() stays short, however much is wrong and however long it is", () => {
  assert.equal(textOf({ names: new Array(60_000).fill("four") }).split("; ").length, 3);
  assert.ok(textOf("x".repeat(60_000)).length < 500);
});
