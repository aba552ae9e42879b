import assert from "node:assert/strict";
import { chosenHost, hostAnswered, leaveHost } from "./host_choice.ts";

Deno.test("leaveHost() takes the next host, once for all who leave the same", () => {
  const hosts = ["a:1", "b:1", "c:1"];
  const nowMs = performance.now();
  for (const index of [0, 0, 1, 2]) leaveHost(hosts, index, nowMs);
  assert.equal(chosenHost(hosts), 0);
  leaveHost(hosts, 0, nowMs);
  assert.equal(chosenHost(hosts), 1);
});

Deno.test("leaveHost() stays with a host that has answered somebody since", () => {
  const hosts = ["d:1", "e:1"];
  const beforeMs = performance.now() - 1;
  hostAnswered(hosts, 0);
  leaveHost(hosts, 0, beforeMs);
  assert.equal(chosenHost(hosts), 0);
  leaveHost(hosts, 0, performance.now() + 1);
  assert.equal(chosenHost(hosts), 1);
});

Deno.test("leaveHost() has nowhere to go from the only host", () => {
  leaveHost(["f:1"], 0, performance.now());
  assert.equal(chosenHost(["f:1"]), 0);
});
