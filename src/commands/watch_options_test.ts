import assert from "node:assert/strict";
import { ConfigError } from "../errors.ts";
import { readWatchOptions } from "./watch_options.ts";

function urlOf(text: string): string | undefined {
  const options = readWatchOptions([text]);
  return options.kind === "watch" ? options.url : undefined;
}

Deno.test("readWatchOptions() watches everything on the local server when told nothing", () => {
  assert.deepEqual(readWatchOptions([]), {
    kind: "watch",
    url: "ws://127.0.0.1:8080/ws",
    subscription: { symbols: "*", sources: "*", maxRateMs: 0 },
    compression: "auto",
  });
});

Deno.test("readWatchOptions() takes a dashboard's address for its feed", () => {
  assert.equal(urlOf("http://desk:9000/"), "ws://desk:9000/ws");
  assert.equal(urlOf("https://desk.example"), "wss://desk.example/ws");
  assert.equal(urlOf("ws://desk:9000/feeds/ws?a=b"), "ws://desk:9000/feeds/ws?a=b");
});

Deno.test("readWatchOptions() reads lists and rate", () => {
  const options = readWatchOptions(["--symbols", "A, B,", "--sources=x", "--rate", "250"]);
  assert.deepEqual(options.kind === "watch" && options.subscription, {
    symbols: ["A", "B"],
    sources: ["x"],
    maxRateMs: 250,
  });
});

Deno.test("readWatchOptions() asks for compression everywhere with --compress", () => {
  const options = readWatchOptions(["--compress"]);
  assert.equal(options.kind === "watch" && options.compression, "on");
});

Deno.test("readWatchOptions() reports all faults at once", () => {
  assert.throws(
    () => readWatchOptions(["mailto:x", "second", "--rate", "fast", "--symbols", ","]),
    (error) => error instanceof ConfigError && error.faults.length === 4,
  );
});

Deno.test("readWatchOptions() shows the usage with an option that it does not know", () => {
  assert.throws(() => readWatchOptions(["--colour"]), /--colour[\s\S]+watch \[URL\]/);
});

Deno.test("readWatchOptions() asks for the usage text with --help", () => {
  assert.deepEqual(readWatchOptions(["--help"]), { kind: "help" });
});
