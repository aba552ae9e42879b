/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { signal } from "@preact/signals";
import { type KeyPress, Shortcuts } from "./shortcuts.ts";

function press(key: string, rest: Partial<KeyPress> = {}): KeyPress & { prevented: boolean } {
  return {
    key,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    isComposing: false,
    defaultPrevented: false,
    target: null,
    prevented: false,
    preventDefault() {
      this.prevented = true;
    },
    ...rest,
  };
}

Deno.test("Shortcuts.press() does what a key is for, and leaves other keys to the browser", () => {
  const done: string[] = [];
  const run = () => done.push("a");
  const shortcuts = new Shortcuts([{ key: "a", does: "something", run }], signal(true));
  const [known, unknown] = [press("a"), press("b")];
  for (const event of [known, unknown]) shortcuts.press(event);
  assert.deepEqual(done, ["a"]);
  assert.deepEqual([known, unknown].map(({ prevented }) => prevented), [true, false]);
  for (const held of ["ctrlKey", "metaKey", "altKey", "isComposing", "defaultPrevented"]) {
    shortcuts.press(press("a", { [held]: true }));
  }
  assert.deepEqual(done, ["a"]);
});

Deno.test("Shortcuts.press() does nothing while they are off", () => {
  const isOn = signal(false);
  let count = 0;
  const shortcuts = new Shortcuts([{ key: "a", does: "x", run: () => count += 1 }], isOn);
  shortcuts.press(press("a"));
  isOn.value = true;
  shortcuts.press(press("a"));
  assert.equal(count, 1);
});
