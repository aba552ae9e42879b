import assert from "node:assert/strict";
import { Authenticator } from "./authenticator.ts";
import { Doorkeeper } from "./doorkeeper.ts";
import { TICKET_CHARACTERS_MAX, TicketDesk } from "./ticket_desk.ts";
import { TicketWindow } from "./ticket_window.ts";

const SETTINGS = {
  tokens: [],
  jwtSecret: "s".repeat(32),
  keys: undefined,
  issuer: undefined,
  audience: undefined,
};

Deno.test("Doorkeeper.handshake() asks nobody about a ticket that is too long to be one", async () => {
  // A ticket of 64 KB was sent to the main isolate to be looked up.
  const { port1, port2 } = new MessageChannel();
  const asked: unknown[] = [];
  const desk = new TicketDesk();
  const link = desk.openLink();
  port1.onmessage = ({ data }) => {
    asked.push(data);
    link.port.postMessage(data);
  };
  link.port.onmessage = ({ data }) => port1.postMessage(data);
  const doorkeeper = new Doorkeeper({
    authenticator: new Authenticator(SETTINGS),
    tickets: new TicketWindow(port2),
  });
  const handshake = (ticket: string) =>
    doorkeeper.handshake(new Request(`http://localhost/ws?ticket=${ticket}`));
  const long = await handshake("q".repeat(TICKET_CHARACTERS_MAX + 1));
  assert.deepEqual([long.kind, asked.length], ["refused", 0]);
  const short = await handshake("q".repeat(TICKET_CHARACTERS_MAX));
  assert.deepEqual([short, asked.length], [long, 1], "the answer is the same");
  for (const part of [doorkeeper, link, port1]) part.close();
});
