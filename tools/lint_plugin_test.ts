import assert from "node:assert/strict";
import plugin, { FILE_LINES_MAX, FUNCTION_LINES_MAX } from "./lint_plugin.ts";

function rulesBroken(source: string): string[] {
  return Deno.lint.runPlugin(plugin, "sample.ts", source).map((diagnostic) => diagnostic.id);
}

function lines(count: number): string {
  return "f();\n".repeat(count);
}

Deno.test("lint_plugin accepts a short file of short functions", () => {
  assert.deepEqual(rulesBroken("export function a() {\n  return 1;\n}\n"), []);
});

Deno.test("lint_plugin refuses a file that is too long", () => {
  assert.deepEqual(rulesBroken(lines(FILE_LINES_MAX + 1)), ["quotewire/file-lines-max"]);
});

Deno.test("lint_plugin refuses a function that is too long, whatever its form", () => {
  const body = `{\n${lines(FUNCTION_LINES_MAX)}}`;
  for (const source of [`function a() ${body}`, `class A { a() ${body} }`, `f(() => ${body});`]) {
    assert.deepEqual(rulesBroken(source), ["quotewire/function-lines-max"], source.slice(0, 20));
  }
});

Deno.test("lint_plugin refuses arrow functions at the top level, and nowhere else", () => {
  assert.deepEqual(rulesBroken("const a = () => 1;"), ["quotewire/no-top-level-arrow"]);
  assert.deepEqual(rulesBroken("export const a = () => 1;"), ["quotewire/no-top-level-arrow"]);
  assert.deepEqual(rulesBroken("function a() {\n  const b = () => 1;\n  return b;\n}"), []);
});
