import assert from "node:assert/strict";
import { Emitter } from "./emitter.ts";

interface Events {
  price: number;
  name: string;
}

function collect() {
  const failures: [string, unknown][] = [];
  const emitter = new Emitter<Events>((name, thrown) => failures.push([name, thrown]));
  return { emitter, failures };
}

Deno.test("Emitter.emit() calls the listeners of that event in order", () => {
  const { emitter } = collect();
  const heard: string[] = [];
  emitter.on("price", (price) => heard.push(`first ${price}`));
  emitter.on("price", (price) => heard.push(`second ${price}`));
  emitter.on("name", (name) => heard.push(name));
  emitter.emit("price", 7);
  assert.deepEqual(heard, ["first 7", "second 7"]);
});

Deno.test("Emitter.emit() goes on after a listener that throws, and reports it", () => {
  const { emitter, failures } = collect();
  const heard: number[] = [];
  const error = new Error("no");
  emitter.on("price", () => {
    throw error;
  });
  emitter.on("price", (price) => heard.push(price));
  emitter.emit("price", 7);
  assert.deepEqual(heard, [7]);
  assert.deepEqual(failures, [["price", error]]);
});

Deno.test("Emitter.on() returns what removes just that listener", () => {
  const { emitter } = collect();
  const heard: number[] = [];
  const listener = (price: number) => heard.push(price);
  const remove = emitter.on("price", listener);
  emitter.on("price", listener);
  remove();
  emitter.emit("price", 7);
  assert.deepEqual(heard, [7]);
});

Deno.test("Emitter.emit() does not call a listener that was added while it ran", () => {
  const { emitter } = collect();
  const heard: number[] = [];
  emitter.on("price", () => emitter.on("price", (price) => heard.push(price)));
  emitter.emit("price", 1);
  assert.deepEqual(heard, []);
});

Deno.test("Emitter.has() tells whether anybody listens", () => {
  const { emitter } = collect();
  const remove = emitter.on("name", () => {});
  assert.equal(emitter.has("name"), true);
  remove();
  assert.equal(emitter.has("name"), false);
  assert.equal(emitter.has("price"), false);
});
