/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { roomLabel, symbolRoom } from "./room_label.ts";

Deno.test("roomLabel() calls the room of a symbol by the symbol, and tells it from any other", () => {
  assert.deepEqual(["symbol:AAPL", "AAPL"].map(roomLabel), ["AAPL", "#AAPL"]);
});

Deno.test("symbolRoom() is the symbol's room, if its name can be one", () => {
  assert.deepEqual(
    ["AAPL", "<img src=x>", "\u202eLPAA"].map(symbolRoom),
    ["symbol:AAPL", "symbol:<img src=x>", undefined],
  );
});
