import assert from "node:assert/strict";
import { PipedChatView } from "./piped_chat_view.ts";

const SAID = { id: "1", room: "lobby", username: "grace", timestamp: 1_795_233_361.5 };
const TIME = "2026-11-21T03:56:01.500Z";

function shownBy(show: (view: PipedChatView) => void): string[] {
  const lines: string[] = [];
  show(
    new PipedChatView({
      print: (line) => lines.push(line),
      report: (level, message) => lines.push(`${level}: ${message}`),
    }),
  );
  return lines;
}

Deno.test("PipedChatView prints one line for each message, whatever is in it", () => {
  const content = "one\ntwo\tthree\x1b[2J";
  assert.deepEqual(
    shownBy((view) => view.said({ ...SAID, type: "message", kind: "text", content }, undefined)),
    [`${TIME}\tgrace\tone ↵ two three\ufffd[2J`],
  );
});

Deno.test("PipedChatView says how to save what was sent as bytes", () => {
  const file = {
    ...SAID,
    type: "binary",
    kind: "file",
    name: "a\nb",
    size: 1,
    data: "AA==",
  } as const;
  assert.deepEqual(
    shownBy((view) => view.said(file, 3)),
    [`${TIME}\tgrace\tsent the file "a\ufffdb", 1 byte (/save 3)`],
  );
});

Deno.test("PipedChatView keeps what the program says apart from what is said", () => {
  assert.deepEqual(
    shownBy((view) => {
      view.note("Connected again");
      view.fault("Cannot send\x07");
    }),
    ["info: Connected again", "error: Cannot send\ufffd"],
  );
});
