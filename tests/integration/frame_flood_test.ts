import assert from "node:assert/strict";
import { PRICE_PROTOCOL_JSON } from "../../src/session/protocol.ts";
import { authTest, DESK_TOKEN } from "../support/auth_stage.ts";
import { connect } from "../support/dialogue.ts";
import { EMPTY_FRAMES, floodWithFrames } from "../support/frame_flood.ts";
import type { TestServer } from "../support/server.ts";
import { serverTest } from "../support/server_stage.ts";

// While there is something to read, Deno does not come back to its timers. Two clients that sent empty messages
// were to be closed with 4029, but a timer put that off for as long as they went on: the worker heard and said
// nothing, was taken for hung after 10 s, could not be ended, and the process ended. Pongs, of which no handler
// hears, did the same; and neither needed a token.
const WORKERS = { WORKERS: "1" };
const FLOODERS = 2;

/** Floods the only worker, and asks it something on a connection that has been open before. */
async function expectTurn(
  server: TestServer,
  paths: readonly string[],
  protocols: string[],
): Promise<void> {
  await using other = await connect(`${server.socketUrl}/ws`, protocols);
  await other.nextOf("hello");
  for (const path of paths) {
    for (const [name, frame] of Object.entries(EMPTY_FRAMES)) {
      const flood = { port: server.port, path, frame };
      await Promise.all(Array.from({ length: FLOODERS }, () => floodWithFrames(flood)));
      other.send({ type: "ping", id: `${name} ${path}` });
      assert.equal((await other.nextOf("pong")).id, `${name} ${path}`);
    }
  }
  const heard = other.received.length;
  await other.next("a heartbeat", ({ type }) => type === "heartbeat");
  assert.ok(other.received.length > heard);
  assert.doesNotMatch(server.lines.join("\n"), /^\S+ error |is replaced/m);
  await server.says(/Refused .*Cannot read on: must send at most 2500 frames/);
}

serverTest(
  "A server cuts off clients that flood it with empty messages or pongs, and hears the others",
  async ({ server }) => {
    const paths = ["/", "/ws", "/echo", "/events?topics=prices", "/chat"];
    await expectTurn(server, paths, [PRICE_PROTOCOL_JSON]);
  },
  WORKERS,
);

authTest(
  "A server with AUTH_TOKENS cuts off strangers who flood it with empty messages or pongs, and hears the others",
  async ({ server }) => {
    await expectTurn(server, ["/echo"], [
      PRICE_PROTOCOL_JSON,
      `quotewire.bearer.${DESK_TOKEN}`,
    ]);
  },
  WORKERS,
);
