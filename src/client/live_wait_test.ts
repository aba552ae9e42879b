import assert from "node:assert/strict";
import { Emitter } from "./emitter.ts";
import type { LinkState } from "./link_state.ts";
import { untilLive, type Waitable } from "./live_wait.ts";

const CONNECTING: LinkState = { phase: "connecting", attempt: 0, staleSinceMs: undefined };

/** A client whose states the test decides. */
class Client implements Waitable {
  readonly emitter = new Emitter<{ state: LinkState }>((_, thrown) => assert.ifError(thrown));
  state: LinkState = CONNECTING;

  on(name: "state", listener: (state: LinkState) => void): () => void {
    return this.emitter.on(name, listener);
  }

  become(state: LinkState): void {
    this.state = state;
    this.emitter.emit("state", state);
  }

  stop(reason: Extract<LinkState, { phase: "stopped" }>["reason"]): void {
    this.become({ phase: "stopped", reason, staleSinceMs: undefined });
  }
}

Deno.test("untilLive() resolves when the client becomes live, and listens no longer", async () => {
  const client = new Client();
  const waiting = untilLive(client);
  client.become(CONNECTING);
  client.become({ phase: "live", session: "s" });
  await waiting;
  assert.equal(client.emitter.has("state"), false);
});

Deno.test("untilLive() resolves at once for a client that is live", async () => {
  const client = new Client();
  client.become({ phase: "live", session: "s" });
  await untilLive(client);
});

Deno.test("untilLive() says why the server sent the client away", async () => {
  const client = new Client();
  const waiting = untilLive(client);
  client.stop({ kind: "closed", code: 1008, reason: "authentication required" });
  await assert.rejects(waiting, {
    message:
      "Cannot become live: the server closed the connection with 1008: authentication required",
  });
  assert.equal(client.emitter.has("state"), false);
});

Deno.test("untilLive() does not wait for a client that was not started", async () => {
  const client = new Client();
  client.stop({ kind: "not_started" });
  await assert.rejects(untilLive(client), {
    message: "Cannot become live: must have been started, is not",
  });
});

Deno.test("untilLive() throws the signal's reason", async () => {
  const client = new Client();
  const controller = new AbortController();
  const waiting = untilLive(client, controller.signal);
  const reason = new Error("enough");
  controller.abort(reason);
  await assert.rejects(waiting, reason);
  await assert.rejects(untilLive(client, controller.signal), reason);
  assert.equal(client.emitter.has("state"), false);
});
