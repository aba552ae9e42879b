/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { waitFor } from "../../../tests/support/wait_for.ts";
import { Notices } from "./notices.ts";

function titles(notices: Notices): string[] {
  return notices.shown.value.map(({ title }) => title);
}

Deno.test("Notices.show() keeps the newest four", () => {
  const notices = new Notices();
  for (const title of ["1", "2", "3", "4", "5"]) notices.show({ tone: "plain", title });
  assert.deepEqual(titles(notices), ["2", "3", "4", "5"]);
});

Deno.test("Notices.show() lets a notice that only tells go by itself, and no other", async () => {
  const notices = new Notices();
  notices.show({ tone: "plain", title: "stays" });
  notices.show({ tone: "plain", title: "goes", lastsMs: 1 });
  await waitFor("it to go", () => titles(notices).length === 1);
  assert.deepEqual(titles(notices), ["stays"]);
});

Deno.test("Notices.dismiss() takes one away", () => {
  const notices = new Notices();
  notices.show({ tone: "plain", title: "one" });
  notices.show({ tone: "plain", title: "two" });
  notices.dismiss(notices.shown.value[0]?.id ?? 0);
  assert.deepEqual(titles(notices), ["two"]);
});
