import assert from "node:assert/strict";
import { handshakeToken, headerToken, offeredProtocols } from "./carriers.ts";

function token(headers: Record<string, string>, query = ""): string | undefined {
  return handshakeToken(new Request(`http://host/ws${query}`, { headers }));
}

Deno.test("handshakeToken() finds a token in header, subprotocols and URL, in that order", () => {
  const authorization = "Bearer one";
  const protocols = { "sec-websocket-protocol": "quotewire.v1.json, quotewire.bearer.two" };
  assert.equal(token({ authorization, ...protocols }, "?ticket=three"), "one");
  assert.equal(token(protocols, "?ticket=three"), "two");
  assert.equal(token({}, "?ticket=three"), "three");
  assert.equal(token({}), undefined);
});

Deno.test("headerToken() leaves other schemes alone", () => {
  for (
    const authorization of ["Basic dXNlcjpwYXNz", "Bearer", "Bearer ", "Bearer a b", "bearera"]
  ) {
    assert.equal(headerToken(new Headers({ authorization })), undefined, authorization);
  }
  assert.equal(headerToken(new Headers({ authorization: "bEaReR   a" })), "a");
});

Deno.test("offeredProtocols() leaves out what carries a token", () => {
  const offer = { "sec-websocket-protocol": " quotewire.bearer.x ,a,, b" };
  assert.deepEqual(offeredProtocols(new Headers(offer)), ["a", "b"]);
});
