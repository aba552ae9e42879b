import assert from "node:assert/strict";
import { KeyDecoder } from "./terminal_keys.ts";

const ENCODER = new TextEncoder();

/** What the pieces decode to: text as it is, pastes in angle brackets, other keys by their action. */
function decode(...pieces: readonly (string | Uint8Array)[]): string[] {
  const decoder = new KeyDecoder();
  return pieces.flatMap((piece) =>
    decoder.push(typeof piece === "string" ? ENCODER.encode(piece) : piece)
  ).map((key) => {
    if (key.kind === "action") return key.action;
    return key.kind === "paste" ? `<${key.text}>` : `"${key.text}"`;
  });
}

Deno.test("KeyDecoder.push() reads text and control characters", () => {
  assert.deepEqual(decode("hi\x01\x7f\r"), ['"hi"', "home", "backspace", "enter"]);
});

Deno.test("KeyDecoder.push() puts characters together that reads have split", () => {
  const bytes = ENCODER.encode("日本👩‍👧");
  const typed = decode(...[...bytes].map((byte) => Uint8Array.of(byte)));
  assert.equal(typed.map((text) => text.slice(1, -1)).join(""), "日本👩‍👧");
});

Deno.test("KeyDecoder.push() knows arrows and editing keys in each terminal's dialect", () => {
  assert.deepEqual(
    decode("\x1b[A\x1bOB\x1b[1;5C\x1b[1;3D\x1bb\x1b[H\x1b[4~\x1b[3~"),
    ["up", "down", "word_right", "word_left", "word_left", "home", "end", "delete"],
  );
});

Deno.test("KeyDecoder.push() puts sequences together that reads have split", () => {
  assert.deepEqual(decode("\x1b", "[1", ";5", "D", "x"), ["word_left", '"x"']);
});

Deno.test("KeyDecoder.push() leaves unknown sequences out whole", () => {
  const unknown = [
    "\x1b[15~",
    "\x1b[[A",
    "\x1bOP",
    "\x1b[?1;2c",
    "\x1b[<0;3;4M",
    "\x1b]11;rgb:0/0/0\x07",
    "\x1bP1$r0m\x1b\\",
    "\x1bz",
    "\x1b👩",
    "\x1d",
    "\x1b[12é",
  ];
  for (const sequence of unknown) {
    const found = decode(`a${sequence}b`).map((text) => text.slice(1, -1)).join("");
    assert.equal(found.replace("é", ""), "ab", JSON.stringify(sequence));
  }
});

Deno.test("KeyDecoder.push() takes what is pasted as one, with its line breaks and without obeying it", () => {
  assert.deepEqual(decode("\x1b[200~one\r\x1b[Atwo\x03\x1b[2", "01~x"), [
    "<one\r\x1b[Atwo\x03>",
    '"x"',
  ]);
});

Deno.test("KeyDecoder.push() keeps an endless paste within bounds", () => {
  const decoder = new KeyDecoder();
  decoder.push(ENCODER.encode("\x1b[200~"));
  for (let round = 0; round < 40; round += 1) decoder.push(ENCODER.encode("x".repeat(10_000)));
  const [key] = decoder.push(ENCODER.encode("\x1b[201~"));
  assert.equal(key?.kind === "paste" && key.text.length, 100_000);
});

Deno.test("KeyDecoder.flush() takes an ESC that nothing followed for the key Esc", () => {
  const decoder = new KeyDecoder();
  decoder.push(ENCODER.encode("\x1b"));
  assert.equal(decoder.isPending, true);
  decoder.flush();
  assert.deepEqual(decoder.push(ENCODER.encode("b")), [{ kind: "text", text: "b" }]);
});
