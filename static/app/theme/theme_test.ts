/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { storedTheme, THEME_KEY } from "./theme.ts";

Deno.test("storedTheme() is worn by the root, which wears none for the system's", () => {
  const storage = { getItem: () => null, setItem() {} };
  const root: { dataset: DOMStringMap } = { dataset: {} };
  const theme = storedTheme(storage, root);
  assert.deepEqual(root.dataset, {});
  theme.value = "dark";
  assert.deepEqual(root.dataset, { theme: "dark" });
  theme.value = "system";
  assert.deepEqual(root.dataset, {});
});

Deno.test("storedTheme() is kept where static/theme.js looks for it", async () => {
  const script = await Deno.readTextFile(new URL("../../theme.js", import.meta.url));
  assert.ok(script.includes(`"${THEME_KEY}"`));
});
