import assert from "node:assert/strict";
import { TerminalScreen } from "./terminal_screen.ts";

/** A terminal that takes a few bytes at a time, as a busy one does. */
function terminal() {
  const bytes: number[] = [];
  return {
    output: {
      writeSync(data: Uint8Array): number {
        const taken = data.subarray(0, 7);
        bytes.push(...taken);
        return taken.length;
      },
    },
    written: () => new TextDecoder().decode(new Uint8Array(bytes.splice(0))),
  };
}

Deno.test("TerminalScreen takes over the terminal and gives it back with its cursor", () => {
  const { output, written } = terminal();
  {
    using _screen = new TerminalScreen(output);
    assert.equal(written(), "\x1b[?1049h\x1b[?25l");
  }
  assert.equal(written(), "\x1b[?25h\x1b[?1049l");
});

Deno.test("TerminalScreen.show() replaces what was there, in one frame", () => {
  const { output, written } = terminal();
  using screen = new TerminalScreen(output);
  written();
  screen.show(["one", "two"]);
  assert.equal(written(), "\x1b[?2026h\x1b[Hone\x1b[K\r\ntwo\x1b[K\x1b[J\x1b[?2026l");
});

Deno.test("TerminalScreen.show() writes nothing when nothing has changed, until invalidate()", () => {
  const { output, written } = terminal();
  using screen = new TerminalScreen(output);
  screen.show(["one"]);
  written();
  screen.show(["one"]);
  assert.equal(written(), "");
  screen.invalidate();
  screen.show(["one"]);
  assert.match(written(), /one/);
});
