import assert from "node:assert/strict";
import { DeadlineError } from "./errors.ts";
import { closeAll, endsInTime, sleep, together, withDeadline } from "./lifecycle.ts";

Deno.test("closeAll() closes in reverse order of opening", async () => {
  const closed: string[] = [];
  const part = (name: string) => ({ close: () => void closed.push(name) });
  await closeAll([part("database"), part("server")]);
  assert.deepEqual(closed, ["server", "database"]);
});

Deno.test("closeAll() goes on after a failure and keeps every reason", async () => {
  const closed: string[] = [];
  const fail = (reason: string) => ({ close: () => Promise.reject(new Error(reason)) });
  const parts = [{ close: () => void closed.push("first") }, fail("one"), fail("two")];
  await assert.rejects(closeAll(parts), (error) => {
    assert.ok(error instanceof AggregateError);
    assert.deepEqual(error.errors.map(String), ["Error: two", "Error: one"]);
    return true;
  });
  assert.deepEqual(closed, ["first"]);
});

Deno.test("together() waits for no part before it closes the next", async () => {
  // With a database that was mute, chat, charts and feed gave it two seconds each, one after the other: a stop
  // took all of its deadline.
  const last = Promise.withResolvers<void>();
  await together([
    { close: () => last.promise },
    { close: () => last.resolve() },
  ]).close();
});

Deno.test("together() closes every part and keeps every reason", async () => {
  const closed: number[] = [];
  const parts = [1, 2, 3].map((n) => ({
    close() {
      closed.push(n);
      if (n !== 2) throw new Error(`${n}`);
    },
  }));
  await assert.rejects(together(parts).close(), (error) => {
    assert.ok(error instanceof AggregateError);
    assert.deepEqual(error.errors.map(({ message }) => message), ["1", "3"]);
    return true;
  });
  assert.deepEqual(closed, [1, 2, 3]);
});

Deno.test("sleep() resolves at once when its signal has aborted", async () => {
  await sleep(60_000, AbortSignal.abort());
});

Deno.test("sleep() is woken by its signal and leaves no timer behind", async () => {
  const controller = new AbortController();
  const sleeping = sleep(60_000, controller.signal);
  controller.abort();
  await sleeping;
});

Deno.test("endsInTime() tells work that has ended from work that hangs", async () => {
  assert.equal(await endsInTime(Promise.resolve(), 60_000), true);
  assert.equal(await endsInTime(new Promise(() => {}), 10), false);
});

Deno.test("endsInTime() throws what the work throws", async () => {
  await assert.rejects(endsInTime(Promise.reject(new Error("no")), 60_000), /no/);
});

Deno.test("withDeadline() gives what the work gives", async () => {
  assert.equal(await withDeadline(Promise.resolve(1), 1000, "count"), 1);
  await assert.rejects(withDeadline(Promise.reject(new Error("no")), 1000, "count"), /no/);
});

Deno.test("withDeadline() rejects with the action and the deadline when the work hangs", async () => {
  await assert.rejects(withDeadline(new Promise(() => {}), 5, "count"), (error) => {
    assert.ok(error instanceof DeadlineError);
    assert.equal(error.message, "Cannot count: must end within 5 ms, is still running");
    return true;
  });
});
