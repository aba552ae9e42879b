import assert from "node:assert/strict";
import { chosenHost, followChoice, hostAnswered, leaveHost } from "./host_choice.ts";

/** A connection that was made now and ended at once. */
function dial(silent: boolean) {
  return { dialledAtMs: performance.now(), silent };
}

/** Lets the clock go on, so that one thing is later than another. */
function tick(): void {
  const sinceMs = performance.now();
  while (performance.now() === sinceMs);
}

Deno.test("leaveHost() takes the next host, once for all who leave the same", () => {
  const hosts = ["a:1", "b:1", "c:1"];
  for (const index of [0, 0, 1, 2]) leaveHost(hosts, index, dial(false));
  assert.equal(chosenHost(hosts), 0);
  leaveHost(hosts, 0, dial(false));
  assert.equal(chosenHost(hosts), 1);
});

Deno.test("leaveHost() stays with a host that has answered somebody since", () => {
  const hosts = ["d:1", "e:1"];
  const before = dial(false);
  tick();
  hostAnswered(hosts, 0, false);
  leaveHost(hosts, 0, before);
  assert.equal(chosenHost(hosts), 0);
  tick();
  leaveHost(hosts, 0, dial(false));
  assert.equal(chosenHost(hosts), 1);
});

Deno.test("leaveHost() has nowhere to go from the only host", () => {
  leaveHost(["f:1"], 0, dial(true));
  assert.equal(chosenHost(["f:1"]), 0);
});

Deno.test("leaveHost() takes two silent connections, one after the other, where others have answers", () => {
  // On a busy machine one whose startup took 2 s sent a pool to the next host, and no other.
  const hosts = ["g:1", "h:1"];
  const fail = (one: ReturnType<typeof dial>, isNew = false) => {
    tick();
    hostAnswered(hosts, 0, isNew);
    leaveHost(hosts, 0, one);
  };
  const [first, beside] = [dial(true), dial(true)];
  for (const one of [first, beside]) fail(one);
  assert.equal(chosenHost(hosts), 0);
  // One that succeeds shows that new connections can be had.
  fail(dial(true), true);
  fail(dial(true));
  assert.equal(chosenHost(hosts), 0);
  fail(dial(true));
  assert.equal(chosenHost(hosts), 1);
});

Deno.test("hostAnswered() moves all together, when the next host has answered and not before", () => {
  const hosts = ["i:1", "j:1", "k:1"];
  assert.equal(hostAnswered(hosts, 0, true), true);
  const moves: number[] = [];
  const end = followChoice(hosts, (host) => moves.push(host));
  tick();
  leaveHost(hosts, 0, dial(true));
  leaveHost(hosts, 1, dial(true));
  assert.deepEqual([chosenHost(hosts), moves], [2, []]);
  assert.equal(hostAnswered(hosts, 2, true), true);
  assert.equal(hostAnswered(hosts, 0, false), false);
  assert.deepEqual([chosenHost(hosts), moves], [2, [2]]);
  end();
  leaveHost(hosts, 2, { dialledAtMs: Infinity, silent: true });
  hostAnswered(hosts, 0, true);
  assert.deepEqual([chosenHost(hosts), moves], [0, [2]]);
});

Deno.test("hostAnswered() takes any host while the one to stay with is in doubt, and else only that", () => {
  // One that was slow to answer was with another host than all others from then on.
  const hosts = ["l:1", "m:1"];
  leaveHost(hosts, 0, dial(true));
  assert.equal(hostAnswered(hosts, 0, true), true);
  assert.equal(chosenHost(hosts), 0);
  assert.equal(hostAnswered(hosts, 1, true), false);
  tick();
  leaveHost(hosts, 0, dial(true));
  leaveHost(hosts, 1, { dialledAtMs: Infinity, silent: true });
  assert.equal(chosenHost(hosts), 0);
  assert.equal(hostAnswered(hosts, 1, true), true);
  assert.equal(chosenHost(hosts), 1);
});

Deno.test("hostAnswered() goes back to the host to stay with when a new connection to it works", () => {
  const hosts = ["n:1", "o:1"];
  hostAnswered(hosts, 0, true);
  tick();
  leaveHost(hosts, 0, dial(true));
  hostAnswered(hosts, 0, false);
  assert.equal(chosenHost(hosts), 1);
  hostAnswered(hosts, 0, true);
  assert.equal(chosenHost(hosts), 0);
});
