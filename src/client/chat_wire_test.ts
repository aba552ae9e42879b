import assert from "node:assert/strict";
import { CHAT_WIRE } from "./chat_wire.ts";

const SAID = { id: "1", room: "lobby", username: "ada", timestamp: 1.5 };

Deno.test("CHAT_WIRE.decode() decodes messages of every kind", () => {
  const frames = [
    { type: "message", kind: "text", ...SAID, content: "<b>hi</b>" },
    { type: "message", kind: "system", ...SAID, content: "ada joined", event: "join" },
    { type: "binary", kind: "file", ...SAID, name: "a.txt", size: 1, data: "YQ==" },
    { type: "heartbeat", server_time: 1 },
  ];
  for (const message of frames) {
    assert.deepEqual(CHAT_WIRE.decode(JSON.stringify(message)), { kind: "message", message });
  }
});

Deno.test("CHAT_WIRE.decode() takes a new type, and a new kind of message, for a newer server's", () => {
  const frames = [{ type: "typing" }, { type: "message", kind: "poll", ...SAID }];
  assert.deepEqual(
    frames.map((frame) => CHAT_WIRE.decode(JSON.stringify(frame)).kind),
    ["unknown", "unknown"],
  );
});

Deno.test("CHAT_WIRE.decode() says what is wrong with a malformed message", () => {
  const decoded = CHAT_WIRE.decode(JSON.stringify({ type: "message", kind: "text", ...SAID }));
  assert.equal(decoded.kind, "malformed");
  assert.match(decoded.kind === "malformed" ? decoded.fault : "", /message\.content: Invalid/);
});
