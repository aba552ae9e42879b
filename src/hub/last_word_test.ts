import assert from "node:assert/strict";
import { LastWord } from "./last_word.ts";

const YEARS_MS = 10 * 365 * 86_400_000;
/** Now, by the machine's clock and by that of an isolate, which began a minute ago. */
const DATE_MS = 1_800_000_000_000;
const NOW_MS = 60_000;

/** Something was said 400 ms ago. */
function aWord(): LastWord {
  const word = new LastWord(0);
  assert.ok(word.hear(DATE_MS - 400, NOW_MS, DATE_MS));
  return word;
}

Deno.test("LastWord.silentMs() counts from when a message was said, however long it waited", () => {
  const word = new LastWord(0);
  assert.equal(word.hear(DATE_MS - 5000, NOW_MS, DATE_MS), true);
  assert.equal(word.silentMs(NOW_MS + 100), 5100);
});

Deno.test("LastWord.silentMs() counts from the beginning, as long as nothing has been said", () => {
  assert.equal(new LastWord(NOW_MS).silentMs(NOW_MS + 100), 100);
});

Deno.test("LastWord.hear() does not go back to what was said earlier and came later", () => {
  const word = aWord();
  assert.equal(word.hear(DATE_MS - 3000, NOW_MS, DATE_MS), false);
  assert.equal(word.silentMs(NOW_MS), 400);
});

Deno.test("LastWord.hear() takes what was said in the same millisecond for later", () => {
  const word = aWord();
  assert.equal(word.hear(DATE_MS - 400, NOW_MS - 0.9, DATE_MS), true);
  assert.equal(word.silentMs(NOW_MS), 400);
});

Deno.test("LastWord.hear() counts the first word from when it was said, though there was nobody to hear it", () => {
  const word = new LastWord(NOW_MS - 100);
  assert.equal(word.hear(DATE_MS - 5000, NOW_MS, DATE_MS), true);
  assert.equal(word.silentMs(NOW_MS), 5000);
});

for (const [way, stepMs] of [["forward", YEARS_MS], ["back", -YEARS_MS]] as const) {
  Deno.test(`LastWord.hear() waits for the next when the clock is set ${way} while a message is on its way`, () => {
    const word = aWord();
    assert.equal(word.hear(DATE_MS, NOW_MS + 1, DATE_MS + stepMs), false);
    assert.equal(word.silentMs(NOW_MS + 1), 401);
    assert.equal(word.hear(DATE_MS + stepMs, NOW_MS + 500, DATE_MS + stepMs + 1), true);
    assert.equal(word.silentMs(NOW_MS + 500), 1);
  });
}

Deno.test("LastWord.silentMs() is never below 0, though the publisher's clock be ahead", () => {
  const word = new LastWord(NOW_MS);
  word.hear(DATE_MS + 2, NOW_MS, DATE_MS);
  assert.equal(word.silentMs(NOW_MS), 0);
});
