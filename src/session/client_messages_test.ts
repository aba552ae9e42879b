import assert from "node:assert/strict";
import { parseClientMessage } from "./client_messages.ts";

function fault(data: unknown): { fault: string; id: unknown } {
  const parsed = parseClientMessage(data);
  assert.ok(!parsed.ok, "the message is refused");
  return { fault: parsed.fault, id: parsed.id };
}

Deno.test("parseClientMessage() reads a subscription", () => {
  const parsed = parseClientMessage('{"type":"subscribe","id":1,"symbols":["A"],"history":10}');
  assert.deepEqual(parsed, {
    ok: true,
    message: { type: "subscribe", id: 1, symbols: ["A"], history: 10 },
  });
});

Deno.test("parseClientMessage() names the field at fault and the request", () => {
  const { fault: text, id } = fault('{"type":"subscribe","id":"q","symbols":[""]}');
  assert.match(text, /symbols/);
  assert.equal(id, "q");
});

Deno.test("parseClientMessage() gives back no id that JSON cannot hold, or that no request may have", () => {
  // An id of a 9 with 400 digits behind it came back as null.
  for (const id of ["9".repeat(400), "1e999", "1.5", '""', "null", `"${"x".repeat(65)}"`]) {
    assert.equal(fault(`{"type":"ping","id":${id}}`).id, undefined, id);
  }
});

Deno.test("parseClientMessage() refuses what is not JSON, and shows the beginning of it", () => {
  assert.match(fault("hello").fault, /must be a JSON document, is "hello"/);
});

Deno.test("parseClientMessage() refuses binary frames", () => {
  assert.match(fault(new ArrayBuffer(3)).fault, /must be a text frame/);
});

for (
  const hostile of [
    "null",
    "[]",
    '"text"',
    "1e999",
    '{"type":"__proto__","id":1}',
    '{"type":"subscribe","id":1}',
    '{"type":"subscribe","id":1,"symbols":[]}',
    '{"type":"subscribe","id":1,"symbols":[1]}',
    '{"type":"subscribe","id":1.5,"symbols":"*"}',
    '{"type":"subscribe","id":1,"symbols":"*","history":101}',
    '{"type":"subscribe","id":1,"symbols":"*","max_rate_ms":-1}',
    '{"type":"resume","id":1,"epoch":"e","seq":-1,"symbols":"*"}',
    '{"type":"resume","id":1,"epoch":"","seq":1,"symbols":"*"}',
    JSON.stringify({ type: "subscribe", id: 1, symbols: ["A".repeat(33)] }),
    JSON.stringify({ type: "subscribe", id: 1, symbols: new Array(2001).fill("A") }),
    "[".repeat(10_000),
  ]
) {
  Deno.test(`parseClientMessage() refuses ${hostile.slice(0, 60)}`, () => {
    assert.ok(fault(hostile).fault.length <= 500);
  });
}

Deno.test("parseClientMessage() looks at the number of names before it looks at them", () => {
  // Each of 30,000 wrong names became an issue: one message took 40 ms.
  for (const names of [new Array(30_000).fill(1), new Array(30_000).fill("")]) {
    const { fault: text } = fault(JSON.stringify({ type: "subscribe", id: 1, symbols: names }));
    assert.match(text, /: symbols: must be 2000 names at most$/);
  }
});
