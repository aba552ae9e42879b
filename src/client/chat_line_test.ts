import assert from "node:assert/strict";
import { CHAT_COMMANDS, readChatLine } from "./chat_line.ts";

function faultOf(line: string): string {
  const read = readChatLine(line);
  return read.kind === "fault" ? read.message : `no fault: ${read.kind}`;
}

Deno.test("readChatLine() takes a line without a slash for a message, blanks and all", () => {
  assert.deepEqual(readChatLine(" hello  there "), { kind: "say", text: " hello  there " });
  assert.deepEqual(readChatLine("one\ntwo"), { kind: "say", text: "one\ntwo" });
  assert.deepEqual(readChatLine(" \t"), { kind: "empty" });
});

Deno.test("readChatLine() sends what begins with two slashes with one", () => {
  assert.deepEqual(readChatLine("//etc/hosts"), { kind: "say", text: "/etc/hosts" });
});

Deno.test("readChatLine() reads the commands", () => {
  assert.deepEqual(readChatLine("/username Ada L"), { kind: "username", name: "Ada L" });
  assert.deepEqual(readChatLine("/binary  two"), { kind: "binary", text: " two" });
  assert.deepEqual(readChatLine("/file a b.png "), { kind: "file", path: "a b.png" });
  assert.deepEqual(readChatLine("/file 'a b.png'"), { kind: "file", path: "a b.png" });
  assert.deepEqual(readChatLine("/save 2"), { kind: "save", number: 2, path: undefined });
  assert.deepEqual(readChatLine("/save #12 my file"), {
    kind: "save",
    number: 12,
    path: "my file",
  });
  assert.deepEqual(readChatLine("/who "), { kind: "who" });
  assert.deepEqual(readChatLine("/quit"), { kind: "quit" });
});

Deno.test("readChatLine() says what is wrong with a command", () => {
  assert.match(faultOf("/username"), /\/username NAME: must be given a name/);
  assert.match(faultOf("/save me"), /must be given the number/);
  assert.match(faultOf("/quit now"), /must stand alone, is given now/);
  assert.match(faultOf("/etc/hosts"), /Cannot run \/etc\/hosts: must be one of \/username,.*\/\/$/);
});

Deno.test("CHAT_COMMANDS names commands that are known", () => {
  for (const { usage } of CHAT_COMMANDS) {
    assert.doesNotMatch(faultOf(usage.split(" ")[0] ?? ""), /must be one of/, usage);
  }
});
