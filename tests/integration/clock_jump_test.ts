import assert from "node:assert/strict";
import { insert } from "../contract/feed_contract.ts";
import { type ChatDialogue, connectChat } from "../support/chat.ts";
import { connect, type Dialogue } from "../support/dialogue.ts";
import {
  leavesNoDebris,
  NOTICE_DEADLINE_MS,
  RECOVERY_DEADLINE_MS,
} from "../support/fault_promise.ts";
import { openDirect } from "../support/feed_rig.ts";
import { JUMP_MS } from "../support/jumping_clock.ts";
import { testDatabase } from "../support/postgres.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { waitFor } from "../support/wait_for.ts";

const CLIENTS = 8;
/** How far from where it was set a clock may be found, because the machine is busy. */
const TOLERANCE_MS = 60_000;
const JUMPS = [["SIGUSR1", JUMP_MS], ["SIGUSR2", -JUMP_MS]] as const;

function isAhead(timeMs: number, aheadMs: number): boolean {
  return Math.abs(timeMs - Date.now() - aheadMs) < TOLERANCE_MS;
}

function lastHeartbeat({ received }: Dialogue) {
  return received.findLast(({ type }) => type === "heartbeat");
}

function hasPrice({ received }: Dialogue, price: number): boolean {
  return received.some(({ quotes }) =>
    Array.isArray(quotes) && quotes.some((quote) => quote.price === price)
  );
}

/** Whether the main isolate's clock is ahead by so much: what is said in the chat bears its time. */
async function isMainAhead(chat: ChatDialogue, aheadMs: number): Promise<boolean> {
  const { timestamp } = await chat.ask({ type: "message", content: "what time is it?" });
  return isAhead(Number(timestamp) * 1000, aheadMs);
}

async function isDayKnown(server: TestServer): Promise<boolean> {
  const { days } = await (await fetch(`${server.url}/api/days`)).json();
  return Array.isArray(days);
}

Deno.test({
  name: "A server whose clock jumps by ten years, either way, serves everybody as before",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using database = await testDatabase();
    await using server = await startServer({
      databaseUrl: database.url,
      env: { FEED_MODE: "listen", LOG_LEVEL: "error" },
      preload: "jumping_clocks.ts",
    });
    await using chat = await connectChat(`${server.socketUrl}/chat/desk`);
    await chat.ask({ type: "join", username: "ada" });
    const direct = openDirect(database.url);
    const clients = await Promise.all(Array.from({ length: CLIENTS }, async () => {
      const client = await connect(`${server.socketUrl}/ws`);
      client.send({ type: "subscribe", id: 1, symbols: "*" });
      return client;
    }));
    const all = (holds: (client: Dialogue) => boolean) => () => clients.every(holds);
    const isLive = (client: Dialogue) => Object(lastHeartbeat(client)?.feed).status === "live";
    await waitFor("a live feed", all(isLive), RECOVERY_DEADLINE_MS);
    let price = 0;
    const isServed = async (aheadMs: number) => {
      assert.ok(await isMainAhead(chat, aheadMs), "the chat's clock is that of the machine");
      price += 1;
      const newest = price;
      await insert(direct, "A", newest, Math.floor(Date.now() / 1000) + newest);
      await waitFor("the price", all((client) => hasPrice(client, newest)), RECOVERY_DEADLINE_MS);
      await waitFor("a live feed", all(isLive), RECOVERY_DEADLINE_MS);
      assert.ok(await isDayKnown(server), "charts are drawn");
    };
    await isServed(0);
    await leavesNoDebris(async () => {
      for (const [signal, aheadMs] of JUMPS) {
        Deno.kill(server.pid, signal);
        await waitFor("every worker's clock to jump", () => {
          return clients.every((client) =>
            isAhead(Number(lastHeartbeat(client)?.server_time), aheadMs)
          );
        }, NOTICE_DEADLINE_MS);
        await isServed(aheadMs);
      }
    }, () => server.pid);
    const everybody = [chat, ...clients];
    assert.ok(everybody.every(({ closed }) => closed === undefined), "nobody is cut off");
    await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
    await direct.end({ timeout: 1 });
  },
});
