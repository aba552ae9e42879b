import assert from "node:assert/strict";
import {
  type Carried,
  handshakeToken,
  headerToken,
  offeredProtocols,
  urlTicket,
} from "./carriers.ts";

function tokenOf(token: string): Carried {
  return { kind: "token", token };
}

Deno.test("handshakeToken() finds a token in header and subprotocols, in that order", () => {
  const authorization = "Bearer one";
  const protocols = { "sec-websocket-protocol": "quotewire.v1.json, quotewire.bearer.two" };
  assert.deepEqual(handshakeToken(new Headers({ authorization, ...protocols })), tokenOf("one"));
  assert.deepEqual(handshakeToken(new Headers(protocols)), tokenOf("two"));
  assert.deepEqual(handshakeToken(new Headers()), { kind: "none" });
});

Deno.test("urlTicket() is what stands behind ?ticket=", () => {
  assert.deepEqual(urlTicket("http://host/events?topics=random&ticket=qwt_1"), tokenOf("qwt_1"));
  assert.deepEqual(urlTicket("http://host/events?token=qwt_1"), { kind: "none" });
});

Deno.test("headerToken() leaves other schemes alone", () => {
  const digest = 'Digest username="a", realm="bearer, or not"';
  for (const authorization of ["Basic dXNlcjpwYXNz", digest, "bearera"]) {
    assert.deepEqual(headerToken(new Headers({ authorization })), { kind: "none" }, authorization);
  }
  assert.deepEqual(headerToken(new Headers({ authorization: "bEaReR   a" })), tokenOf("a"));
});

Deno.test("headerToken() cannot read a Bearer header with anything but one token", () => {
  // Two headers, which arrive as one with a comma, counted as none: a socket was opened and then closed
  // for want of a token, and the API said that there was no header.
  for (
    const authorization of [
      "Bearer",
      "Bearer ",
      "Bearer a b",
      "Bearer a, Bearer b",
      "Basic x, Bearer a",
    ]
  ) {
    const headers = new Headers({
      authorization,
      "sec-websocket-protocol": "quotewire.bearer.two",
    });
    assert.deepEqual(headerToken(headers), { kind: "unreadable" }, authorization);
    assert.deepEqual(handshakeToken(headers), { kind: "unreadable" }, authorization);
  }
});

Deno.test("offeredProtocols() leaves out what carries a token", () => {
  const offer = { "sec-websocket-protocol": " quotewire.bearer.x ,a,, b" };
  assert.deepEqual(offeredProtocols(new Headers(offer)), ["a", "b"]);
});
