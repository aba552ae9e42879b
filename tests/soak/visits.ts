import assert from "node:assert/strict";
import { FeedClient } from "../../src/client/feed_client.ts";
import { sleep } from "../../src/lifecycle.ts";
import { PRICE_PROTOCOL_JSON } from "../../src/session/protocol.ts";
import type { Chance } from "../fuzz/chance.ts";
import { playSession, scriptOf } from "../fuzz/fuzz_session.ts";
import { joinChat } from "../support/chat.ts";
import { openSocket } from "../support/plain_socket.ts";
import { StalledClient } from "../support/stalled_client.ts";
import { waitFor } from "../support/wait_for.ts";

/** What a visit knows of the server. */
export interface Host {
  readonly port: number;
  /** `ws://127.0.0.1:PORT` */
  readonly socketUrl: string;
}

/** One client that comes, does something, and goes. It throws when the server does not do its part. */
export type Visit = (host: Host, chance: Chance) => Promise<void>;

const STAY_MS_MAX = 1500;
const LIVE_DEADLINE_MS = 30_000;
const RATES_MS = [0, 100, 500];

/** All kinds of visits, by name, those of ordinary clients more than once. */
export const VISITS: readonly (readonly [string, Visit])[] = [
  ["reader", read],
  ["reader", read],
  ["reconnecting reader", reconnect],
  ["stalled reader", stall],
  ["vanishing reader", vanish],
  ["talker", talk],
  ["talker", talk],
  ["relay", relay],
  ["echo", echo],
  ["topics", followTopics],
  ["vandal", vandalise],
];

async function read({ socketUrl }: Host, chance: Chance): Promise<void> {
  const client = feedClient(socketUrl, chance);
  client.start();
  try {
    await live(client);
    await sleep(chance.below(STAY_MS_MAX));
    client.setMaxRate(chance.pick(RATES_MS));
    await sleep(chance.below(STAY_MS_MAX));
  } finally {
    client.stop();
  }
}

/** Comes back to where it was: the second `start` resumes. */
async function reconnect({ socketUrl }: Host, chance: Chance): Promise<void> {
  const client = feedClient(socketUrl, chance);
  for (let count = 0; count < 3; count += 1) {
    client.start();
    try {
      await live(client);
      await sleep(chance.below(STAY_MS_MAX / 3));
    } finally {
      client.stop();
    }
  }
}

/** Reads nothing, so that the server has to do without it, and cuts the connection at some time. */
async function stall({ port }: Host, chance: Chance): Promise<void> {
  using client = await StalledClient.open(port, PRICE_PROTOCOL_JSON);
  await client.send({ type: "subscribe", id: 1, symbols: "*", history: 100 });
  await sleep(2 * chance.below(STAY_MS_MAX));
}

/** Is gone within a frame of its own. */
async function vanish({ port }: Host, chance: Chance): Promise<void> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const script = scriptOf(chance.below(2 ** 32));
  const [first = new Uint8Array()] = script.writes;
  await connection.write(first.subarray(0, first.length / 2));
}

async function talk({ socketUrl }: Host, chance: Chance): Promise<void> {
  // Out of a million, two who were there at once had the same, which a room refuses.
  const name = `guest ${chance.below(2 ** 32)}`;
  await using client = await joinChat(`${socketUrl}/chat/soak`, name);
  for (let count = 1 + chance.below(4); count > 0; count -= 1) {
    const answer = await client.ask({ type: "message", content: `number ${count}` });
    assert.equal(answer.type, "ack", JSON.stringify(answer));
    await sleep(chance.below(STAY_MS_MAX / 3));
  }
}

async function relay({ socketUrl }: Host, chance: Chance): Promise<void> {
  await using client = await openSocket(`${socketUrl}/chat/soak`);
  client.socket.send("verbatim");
  client.socket.send(chance.bytes(1000));
  await sleep(chance.below(STAY_MS_MAX));
}

async function echo({ socketUrl }: Host, chance: Chance): Promise<void> {
  await using client = await openSocket(`${socketUrl}/echo`);
  await client.next("the welcome");
  for (let count = 1 + chance.below(10); count > 0; count -= 1) {
    client.socket.send(`${count} ${"x".repeat(chance.below(5000))}`);
    assert.match(String(await client.next("the echo")), new RegExp(`^${count} x*$`));
  }
}

async function followTopics({ socketUrl }: Host, chance: Chance): Promise<void> {
  await using client = await openSocket(`${socketUrl}/events?topics=random,prices,stats`);
  await client.next("a topic");
  await sleep(chance.below(STAY_MS_MAX));
}

async function vandalise({ port }: Host, chance: Chance): Promise<void> {
  assert.deepEqual(await playSession(port, scriptOf(chance.below(2 ** 32))), []);
}

function feedClient(socketUrl: string, chance: Chance): FeedClient {
  return new FeedClient({
    url: `${socketUrl}/ws`,
    subscription: { symbols: "*", history: chance.below(20) },
    compression: chance.percent(50) ? "on" : "off",
  });
}

async function live(client: FeedClient): Promise<void> {
  await waitFor("a client to be live", () => client.state.phase === "live", LIVE_DEADLINE_MS);
}
