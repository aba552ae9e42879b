import assert from "node:assert/strict";
import { plant } from "./planting.ts";
import { PLANTED_MISTAKES } from "./planted_mistakes.ts";
import { planOf } from "./plan.ts";

/** In which every mistake has to be found; most are within ten. */
const SEEDS_PER_MISTAKE = 300;

for (const planted of PLANTED_MISTAKES) {
  const { file, mistake } = planted;
  Deno.test(`The simulation finds it when ${mistake} (${file})`, async () => {
    const { simulate } = await plant(planted);
    for (let seed = 0; seed < SEEDS_PER_MISTAKE; seed += 1) {
      const { fault } = await simulate(planOf(seed));
      if (fault !== undefined) return;
    }
    assert.fail(`Cannot find it within ${SEEDS_PER_MISTAKE} seeds`);
  });
}

Deno.test("plant() refuses a mistake that is nowhere to be made", async () => {
  const [known] = PLANTED_MISTAKES;
  assert.ok(known !== undefined);
  await assert.rejects(plant({ ...known, right: "no such line" }), /has it 0 times/);
  const elsewhere = { file: "chat/desk.ts", right: "export class", wrong: "export  class" };
  await assert.rejects(plant({ ...known, ...elsewhere }), /must be a part of the simulation/);
});
