import assert from "node:assert/strict";
import { EVERYTHING } from "./grant.ts";
import { TicketDesk } from "./ticket_desk.ts";
import { TicketWindow } from "./ticket_window.ts";

const ADA = { ...EVERYTHING, subject: "ada" };
const EVE = { ...EVERYTHING, subject: "eve" };

function deskAt(clock: { nowMs: number }, limits = { ticketsMax: 3, ticketsPerSubjectMax: 2 }) {
  return new TicketDesk(limits, () => clock.nowMs);
}

function issued(ticket: string | undefined): string {
  assert.ok(ticket !== undefined, "a ticket is issued");
  return ticket;
}

Deno.test("TicketDesk.redeem() takes a ticket once", () => {
  const desk = deskAt({ nowMs: 0 });
  const ticket = issued(desk.issue(ADA));
  assert.match(ticket, /^qwt_[A-Za-z0-9_-]{43}$/);
  assert.equal(desk.redeem(ticket), ADA);
  assert.equal(desk.redeem(ticket), undefined);
  assert.equal(desk.redeem("qwt_"), undefined);
});

Deno.test("TicketDesk.redeem() does not take a ticket of 30 s ago", () => {
  const clock = { nowMs: 0 };
  const desk = deskAt(clock);
  const first = issued(desk.issue(ADA));
  const second = issued(desk.issue(ADA));
  clock.nowMs = 29_999;
  assert.equal(desk.redeem(first), ADA);
  clock.nowMs = 30_000;
  assert.equal(desk.redeem(second), undefined);
});

Deno.test("TicketDesk.issue() keeps to its limits, and frees what was used or has ended", () => {
  const clock = { nowMs: 0 };
  const desk = deskAt(clock);
  const first = issued(desk.issue(ADA));
  desk.issue(ADA);
  assert.equal(desk.issue(ADA), undefined, "two of one subject are enough");
  desk.issue(EVE);
  assert.equal(desk.issue(EVE), undefined, "three of all are enough");
  desk.redeem(first);
  issued(desk.issue(EVE));
  clock.nowMs = 30_000;
  for (const grant of [ADA, ADA, EVE]) issued(desk.issue(grant));
});

Deno.test("TicketWindow.redeem() of two windows lets one have the ticket", async () => {
  const desk = new TicketDesk();
  const links = [desk.openLink(), desk.openLink()];
  const windows = links.map(({ port }) => new TicketWindow(port));
  const [here, there] = windows;
  assert.ok(here !== undefined && there !== undefined);
  const ticket = issued(await here.issue(ADA));
  const grants = await Promise.all([
    there.redeem(ticket),
    here.redeem(ticket),
    there.redeem(ticket),
  ]);
  assert.deepEqual(grants.filter((grant) => grant !== undefined), [ADA]);
  for (const part of [...windows, ...links]) part.close();
});

Deno.test("TicketDesk.redeem() does not take a ticket whose token has expired", () => {
  // The session began, was sent every price, and was closed a second later.
  const desk = new TicketDesk();
  const ended = issued(desk.issue({ ...ADA, expiresAtMs: Date.now() - 1 }));
  const lasting = { ...ADA, expiresAtMs: Date.now() + 60_000 };
  assert.equal(desk.redeem(ended), undefined);
  assert.equal(desk.redeem(issued(desk.issue(lasting))), lasting);
});
