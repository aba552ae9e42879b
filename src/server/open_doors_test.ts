import assert from "node:assert/strict";
import { type Doors, openDoors } from "./open_doors.ts";

const SHUT: Doors = { host: "127.0.0.1", trustedProxies: [], allowedHosts: [] };

Deno.test("openDoors() finds none on loopback, by whatever local name", () => {
  const allowedHosts = ["localhost", "127.0.0.1", "board.localhost"];
  for (const host of ["127.0.0.1", "localhost", "::1"]) {
    assert.deepEqual(openDoors({ ...SHUT, host, allowedHosts }), []);
  }
});

for (
  const [doors, words] of [
    [{ host: "0.0.0.0" }, /^HOST=0\.0\.0\.0 /],
    [{ trustedProxies: ["127.0.0.1"] }, /^TRUSTED_PROXIES /],
    [{ allowedHosts: ["localhost", "feed.example"] }, /^ALLOWED_HOSTS .*: feed\.example$/],
    [{ allowedHosts: ["localhost.example"] }, /: localhost\.example$/],
  ] as const
) {
  Deno.test(`openDoors() finds the one of ${JSON.stringify(doors)}`, () => {
    const [open, ...more] = openDoors({ ...SHUT, ...doors });
    assert.match(open ?? "", words);
    assert.deepEqual(more, []);
  });
}
