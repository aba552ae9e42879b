import assert from "node:assert/strict";
import { faultsOf } from "../../tests/support/settings.ts";
import { readTopOptions } from "./top_options.ts";

function urlOf(text: string): string | undefined {
  const options = readTopOptions([text]);
  return options.kind === "top" ? options.url.href : undefined;
}

Deno.test("readTopOptions() looks at the local server every two seconds when told nothing", () => {
  assert.deepEqual(readTopOptions([]), {
    kind: "top",
    url: new URL("http://127.0.0.1:8080/api/stats"),
    intervalMs: 2000,
    once: false,
  });
});

Deno.test("readTopOptions() takes the address of the dashboard or of a socket", () => {
  assert.equal(urlOf("http://desk:9000"), "http://desk:9000/api/stats");
  assert.equal(urlOf("https://desk.example/"), "https://desk.example/api/stats");
  assert.equal(urlOf("wss://desk.example/ws"), "https://desk.example/api/stats");
});

Deno.test("readTopOptions() reads the interval, and whether to look once", () => {
  const options = readTopOptions(["--interval", "0.5", "--once"]);
  assert.ok(options.kind === "top" && options.once);
  assert.equal(options.intervalMs, 500);
});

Deno.test("readTopOptions() reports all faults at once", () => {
  const faults = faultsOf(() => readTopOptions(["ftp://x", "y", "--interval", "0.1"]));
  assert.deepEqual(faults.map((fault) => fault.split(":")[0]), [
    "Cannot read URL",
    "Cannot read URL",
    "Cannot read --interval",
  ]);
  assert.match(faultsOf(() => readTopOptions(["--twice"])).join("\n"), /top \[URL\]/);
});
