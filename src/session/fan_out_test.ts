import assert from "node:assert/strict";
import { FanOut } from "./fan_out.ts";

/** Hands over one byte to each of many numbers, two in a portion, and notes who came when. */
class Stage {
  readonly served: string[] = [];
  readonly fanOut: FanOut<number, string>;
  portions = 0;
  #bytes = 0;

  constructor() {
    this.fanOut = new FanOut({
      handedOverBytes: () => this.#bytes,
      act: (one, task) => {
        this.served.push(`${task}${one}`);
        this.#bytes += 1;
      },
      onPortion: () => this.portions += 1,
      portionBytesMax: 2,
    });
  }
}

/** Lets the event loop turn once. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

Deno.test("FanOut.begin() does a portion in each turn of the event loop, and says when it is done", async () => {
  const { fanOut, served } = new Stage();
  let done = 0;
  fanOut.begin([1, 2, 3, 4, 5], "a", () => done += 1);
  assert.deepEqual(served, ["a1", "a2"]);
  await turn();
  assert.deepEqual(served, ["a1", "a2", "a3", "a4"]);
  assert.equal(done, 0);
  await turn();
  assert.deepEqual(served, ["a1", "a2", "a3", "a4", "a5"]);
  assert.equal(done, 1);
  await turn();
  assert.equal(done, 1);
});

Deno.test("FanOut.begin() does what fits into one portion at once", () => {
  const { fanOut, served } = new Stage();
  let done = 0;
  fanOut.begin([1], "a", () => done += 1);
  assert.deepEqual([served, done], [["a1"], 1]);
});

Deno.test("FanOut.begin() finishes what is under way before", async () => {
  const { fanOut, served } = new Stage();
  const done: string[] = [];
  fanOut.begin([1, 2, 3], "a", () => done.push("a"));
  fanOut.begin([1, 2, 3], "b", () => done.push("b"));
  assert.deepEqual(served, ["a1", "a2", "a3", "b1", "b2"]);
  assert.deepEqual(done, ["a"]);
  await turn();
  assert.deepEqual(served, ["a1", "a2", "a3", "b1", "b2", "b3"]);
  assert.deepEqual(done, ["a", "b"]);
});

Deno.test("FanOut.finish() does the rest at once, a portion after the other, and none of it again", async () => {
  const stage = new Stage();
  const { fanOut, served } = stage;
  let done = 0;
  fanOut.begin([1, 2, 3, 4, 5], "a", () => done += 1);
  fanOut.finish();
  assert.deepEqual(served, ["a1", "a2", "a3", "a4", "a5"]);
  assert.deepEqual([stage.portions, done], [3, 1]);
  await turn();
  fanOut.finish();
  assert.equal(served.length, 5);
  assert.equal(done, 1);
});

Deno.test("FanOut.all() does all of it in one turn, and what is under way before", () => {
  const { fanOut, served } = new Stage();
  fanOut.begin([1, 2, 3], "a");
  fanOut.all([1, 2, 3], "b");
  assert.deepEqual(served, ["a1", "a2", "a3", "b1", "b2", "b3"]);
});

Deno.test("FanOut.begin() passes over those who leave before it is their turn", async () => {
  const { fanOut, served } = new Stage();
  const many = new Map([1, 2, 3, 4].map((number) => [number, number]));
  fanOut.begin(many.values(), "a");
  many.delete(3);
  await turn();
  assert.deepEqual(served, ["a1", "a2", "a4"]);
});

Deno.test("FanOut.begin() goes on with the next who hands over nothing", () => {
  const served: number[] = [];
  const fanOut = new FanOut<number, void>({
    handedOverBytes: () => 0,
    act: (one) => served.push(one),
    onPortion: () => {},
    portionBytesMax: 2,
  });
  fanOut.begin([1, 2, 3], undefined);
  assert.deepEqual(served, [1, 2, 3]);
});
