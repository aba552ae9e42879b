import assert from "node:assert/strict";
import { handshakeToken, headerToken, offeredProtocols, urlTicket } from "./carriers.ts";

Deno.test("handshakeToken() finds a token in header and subprotocols, in that order", () => {
  const authorization = "Bearer one";
  const protocols = { "sec-websocket-protocol": "quotewire.v1.json, quotewire.bearer.two" };
  assert.equal(handshakeToken(new Headers({ authorization, ...protocols })), "one");
  assert.equal(handshakeToken(new Headers(protocols)), "two");
  assert.equal(handshakeToken(new Headers()), undefined);
});

Deno.test("urlTicket() is what stands behind ?ticket=", () => {
  assert.equal(urlTicket("http://host/events?topics=random&ticket=qwt_1"), "qwt_1");
  assert.equal(urlTicket("http://host/events?token=qwt_1"), undefined);
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
