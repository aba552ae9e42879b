import assert from "node:assert/strict";
import * as v from "valibot";
import { CHAT_LIMITS, roomSchema, usernameSchema } from "./chat_protocol.ts";

/** Calls of `normalize` while something is done. */
function normalisations(act: () => void): number {
  const { normalize } = String.prototype;
  let calls = 0;
  String.prototype.normalize = function (...form) {
    calls += 1;
    return normalize.apply(this, form);
  };
  try {
    act();
  } finally {
    String.prototype.normalize = normalize;
  }
  return calls;
}

for (const [name, schema] of Object.entries({ usernameSchema, roomSchema })) {
  Deno.test(`${name} refuses what is far too long before it normalises it`, () => {
    // To put 30,000 combining marks in order took half a second: 320 handshakes ended the server.
    const marks = `a${"\u0315".repeat(15_000)}${"\u0316".repeat(15_000)}`;
    let isRefused = false;
    const calls = normalisations(() => isRefused = !v.safeParse(schema, marks).success);
    assert.ok(isRefused);
    assert.equal(calls, 0);
  });
}

// Each made a second "ada" of the first, and of "system" what nobody may be called.
const INVISIBLE = ["\u034f", "\u180b", "\u{e0100}", "\u3164", "\u115f", "\u17b4"];
for (const [name, schema] of Object.entries({ usernameSchema, roomSchema })) {
  Deno.test(`${name} refuses characters that nobody sees`, () => {
    for (const character of INVISIBLE) {
      for (const text of [`ada${character}`, `a${character}da`, `system${character}`, character]) {
        assert.ok(!v.safeParse(schema, text).success, JSON.stringify(text));
      }
    }
  });
}

for (const [name, schema] of Object.entries({ usernameSchema, roomSchema })) {
  Deno.test(`${name} leaves out what emoji are written with and nobody sees`, () => {
    for (const character of ["\ufe0e", "\ufe0f", "\u200d"]) {
      assert.equal(v.parse(schema, `a${character}da${character}`), "ada");
      // What stands behind it belongs to the letter before it.
      assert.equal(v.parse(schema, `e${character}\u0301`), "\u00e9");
      assert.ok(!v.safeParse(schema, character).success);
    }
  });
}

Deno.test("usernameSchema lets nobody be called system by what is left out", () => {
  assert.ok(!v.safeParse(usernameSchema, "sys\ufe0ftem").success);
});

// A heart as people paste it has a character that says how to draw it, and was refused as invisible.
Deno.test("roomSchema takes emoji as people paste them, under one name however they are written", () => {
  const kept = {
    "\u2764\ufe0f": "\u2764",
    "\u2764\ufe0e": "\u2764",
    "1\ufe0f\u20e3": "1\u20e3",
    "\u{1f469}\u{1f3fd}\u200d\u{1f4bb}": "\u{1f469}\u{1f3fd}\u{1f4bb}",
    "\u{1f1e9}\u{1f1ea}": "\u{1f1e9}\u{1f1ea}",
  };
  for (const [pasted, name] of Object.entries(kept)) {
    assert.equal(v.parse(roomSchema, pasted), name);
    assert.equal(v.parse(roomSchema, name), name);
  }
});

Deno.test("roomSchema refuses a name of blank patterns of Braille, which look like spaces", () => {
  assert.ok(!v.safeParse(roomSchema, "\u2800").success);
  assert.equal(v.parse(roomSchema, "\u2817\u2815"), "\u2817\u2815");
});

Deno.test("usernameSchema takes names of any script, with their marks", () => {
  for (const name of ["Zoë", "Nguyễn Văn A", "अनुज", "ผู้ใช้", "东京 7", "한국어", "אָדָם"]) {
    assert.equal(v.parse(usernameSchema, name.normalize("NFD")), name.normalize("NFKC"));
  }
});

Deno.test("usernameSchema has room for a name whose letters come in several parts", () => {
  // Each a letter with two marks, which become one.
  const parts = "\u0065\u0323\u0302".repeat(CHAT_LIMITS.usernameMax);
  assert.equal(v.parse(usernameSchema, parts), "\u1ec7".repeat(CHAT_LIMITS.usernameMax));
});
