import assert from "node:assert/strict";
import { allowed, EVERYTHING, type Grant, permit, sameRights } from "./grant.ts";

const ADA: Grant = {
  subject: "ada",
  expiresAtMs: 1000,
  symbols: allowed(["A", "B"]),
  rooms: allowed("*"),
};

Deno.test("permit() lets everything through where nothing is limited", () => {
  assert.deepEqual(permit("*", "*", "symbol"), { ok: true, names: "*" });
  assert.deepEqual(permit(["X"], "*", "symbol"), { ok: true, names: ["X"] });
});

Deno.test('permit() takes "*" for all that may be had, be it nothing', () => {
  assert.deepEqual(permit("*", new Set(["A", "B"]), "symbol"), { ok: true, names: ["A", "B"] });
  assert.deepEqual(permit("*", new Set(), "symbol"), { ok: true, names: [] });
});

Deno.test("permit() refuses a request with one name too many, and names it", () => {
  const permission = permit(["A", "X"], new Set(["A", "B"]), "symbol");
  assert.ok(!permission.ok);
  assert.equal(permission.fault, 'each symbol must be allowed by the token, "X" is not');
});

Deno.test("sameRights() does not look at how long", () => {
  assert.ok(sameRights(ADA, { ...ADA, expiresAtMs: 5000, symbols: allowed(["B", "A"]) }));
});

for (
  const [what, other] of [
    ["another subject", { subject: "eve" }],
    ["more symbols", { symbols: allowed(["A", "B", "C"]) }],
    ["fewer symbols", { symbols: allowed(["A"]) }],
    ["all symbols", { symbols: "*" }],
    ["fewer rooms", { rooms: allowed(["lobby"]) }],
  ] as const
) {
  Deno.test(`sameRights() sees ${what}`, () => {
    assert.equal(sameRights(ADA, { ...ADA, ...other }), false);
    assert.ok(sameRights(EVERYTHING, EVERYTHING));
  });
}
