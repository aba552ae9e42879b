import assert from "node:assert/strict";
import { ConfigError } from "../errors.ts";
import { readChatOptions } from "./chat_options.ts";

function read(...args: readonly string[]) {
  const options = readChatOptions(args);
  assert.ok(options.kind === "chat");
  return options;
}

Deno.test("readChatOptions() chats in the lobby of the local server when told nothing", () => {
  assert.deepEqual(readChatOptions([]), {
    kind: "chat",
    url: "ws://127.0.0.1:8080/chat",
    room: "lobby",
    username: undefined,
    history: undefined,
  });
});

Deno.test("readChatOptions() takes a dashboard's address for its chat", () => {
  assert.equal(read("https://desk.example").url, "wss://desk.example/chat");
});

Deno.test("readChatOptions() takes the room from the path", () => {
  assert.equal(read("ws://desk/chat/caf%C3%A9").room, "café");
  assert.equal(read("ws://desk/base/chat/symbol:AAPL").room, "symbol:AAPL");
  assert.equal(read("ws://desk/chat/").room, "lobby");
});

Deno.test("readChatOptions() reads name and history", () => {
  const { username, history } = read("--username", " Ada L ", "--history=0");
  assert.deepEqual({ username, history }, { username: "Ada L", history: 0 });
});

Deno.test("readChatOptions() reports all faults at once", () => {
  assert.throws(
    () => readChatOptions(["mailto:x", "second", "--username", "a\tb", "--history", "101"]),
    (error) => error instanceof ConfigError && error.faults.length === 4,
  );
  assert.throws(() => readChatOptions(["ws://desk/chat/%00"]), /room must have/);
});

Deno.test("readChatOptions() shows the usage with an option that it does not know", () => {
  assert.throws(() => readChatOptions(["--colour"]), /--colour[\s\S]+chat \[URL\]/);
});
