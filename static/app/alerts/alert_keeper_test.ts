/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { sleep } from "../../../src/lifecycle.ts";
import { waitFor } from "../../../tests/support/wait_for.ts";
import { AlertKeeper, type AlertLocks } from "./alert_keeper.ts";

/** The one lock of a browser, handed on in the order in which it was asked for. */
class OneLock implements AlertLocks {
  #last: Promise<unknown> = Promise.resolve();

  async request(...given: unknown[]): Promise<unknown> {
    const [, options, callback] = given;
    if (typeof callback !== "function") throw new TypeError("Cannot lock: must have a callback");
    const signal = options instanceof Object ? Reflect.get(options, "signal") : undefined;
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = before.then(() => promise);
    await before;
    try {
      signal?.throwIfAborted();
      return await callback(null);
    } finally {
      resolve();
    }
  }
}

Deno.test("AlertKeeper.isKeeper is true in one tab, and in the next when that one resigns", async () => {
  const locks = new OneLock();
  const [first, second, third] = [1, 2, 3].map(() => new AlertKeeper(locks));
  assert.ok(first !== undefined && second !== undefined && third !== undefined);
  for (const keeper of [first, second, third]) keeper.apply();
  await waitFor("the first", () => first.isKeeper.value);
  assert.equal(second.isKeeper.value, false);
  second.resign();
  first.resign();
  assert.equal(first.isKeeper.value, false);
  await waitFor("the third", () => third.isKeeper.value);
  assert.equal(second.isKeeper.value, false, "it had resigned while it waited");
  third.resign();
});

Deno.test("AlertKeeper.apply() after resign() asks again", async () => {
  const keeper = new AlertKeeper(new OneLock());
  for (let round = 0; round < 3; round += 1) {
    keeper.apply();
    keeper.apply();
    await waitFor("the lock", () => keeper.isKeeper.value);
    keeper.resign();
    keeper.resign();
    await sleep(0);
    assert.equal(keeper.isKeeper.value, false);
  }
});

Deno.test("AlertKeeper keeps in every tab where the browser has no locks", () => {
  const keeper = new AlertKeeper(undefined);
  keeper.apply();
  assert.equal(keeper.isKeeper.value, true);
  keeper.resign();
  assert.equal(keeper.isKeeper.value, false);
});
