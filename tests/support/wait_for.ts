import assert from "node:assert/strict";
import { sleep } from "../../src/lifecycle.ts";

/**
 * Waits until `probe` returns something other than `undefined` or `false`, and returns that.
 *
 * @param what named in the failure: "the page to show a price"; a function is asked when it has failed
 */
export async function waitFor<T>(
  what: string | (() => string),
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  deadlineMs = 10_000,
): Promise<T> {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > endMs) {
      const subject = typeof what === "string" ? what : what();
      assert.fail(`Waited ${deadlineMs} ms in vain for ${subject}`);
    }
    await sleep(10);
  }
}
