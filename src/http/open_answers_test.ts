import assert from "node:assert/strict";
import { OpenAnswer, OpenAnswers } from "./open_answers.ts";

Deno.test("OpenAnswer.look() gives up a client that takes nothing, and no other", () => {
  let released = 0;
  let givenUp = 0;
  const answer = new OpenAnswer(() => released += 1);
  answer.onGivenUp = () => givenUp += 1;
  answer.look(5000, 1000);
  assert.equal(released, 0, "there was nothing to take yet");
  answer.goOn(5000);
  answer.look(5999, 1000);
  answer.goOn(5999);
  answer.look(6000, 1000);
  assert.deepEqual([released, givenUp], [0, 0]);
  answer.look(6999, 1000);
  assert.deepEqual([released, givenUp], [1, 1]);
});

Deno.test("OpenAnswers.begin() has a place again for each answer that has ended", () => {
  const answers = new OpenAnswers(60_000);
  const ofOne = Array.from({ length: 16 }, () => answers.begin("a"));
  assert.equal(answers.begin("a"), undefined);
  ofOne[0]?.end();
  ofOne[0]?.end();
  assert.ok(answers.begin("a"));
  assert.equal(answers.begin("a"), undefined);
});
