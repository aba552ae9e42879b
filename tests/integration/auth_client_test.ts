import assert from "node:assert/strict";
import { ChatClient } from "../../src/client/chat_client.ts";
import { FeedClient } from "../../src/client/feed_client.ts";
import { authTest, DESK_TOKEN } from "../support/auth_stage.ts";
import { RunningProgram } from "../support/running_program.ts";
import { signToken } from "../support/tokens.ts";
import { waitFor } from "../support/wait_for.ts";

authTest(
  "FeedClient and ChatClient renew on a live connection, with tokens from a function",
  async ({ server }) => {
    let asked = 0;
    // Each is honoured for 4 s, so it is renewed after 2.
    const token = () => {
      asked += 1;
      return signToken({ expiresInS: -1 });
    };
    const feed = new FeedClient({
      url: `${server.socketUrl}/ws`,
      subscription: { symbols: "*" },
      token,
    });
    const chat = new ChatClient({ url: `${server.socketUrl}/chat`, token });
    const phases: string[] = [];
    feed.on("state", ({ phase }) => phases.push(phase));
    chat.on("state", ({ phase }) => phases.push(phase));
    feed.start();
    chat.start();
    await waitFor("both to be renewed twice", () => asked >= 6, 30_000);
    assert.deepEqual(phases.toSorted(), ["connecting", "connecting", "live", "live"]);
    assert.equal([...feed.quotes()].length, 3);
    feed.stop();
    chat.stop();
  },
);

authTest(
  "FeedClient with a token of its own comes back, and with a wrong one gives up",
  async ({ server }) => {
    const open = (token: string) =>
      new FeedClient({ url: `${server.socketUrl}/ws`, subscription: { symbols: "*" }, token });
    const good = open(DESK_TOKEN);
    const wrong = open("wrong-token-0123456789");
    for (const client of [good, wrong]) client.start();
    await waitFor("the good one to be live", () => good.state.phase === "live");
    await waitFor("the wrong one to give up", () => wrong.state.phase === "stopped");
    const phases: string[] = [];
    good.on("state", ({ phase }) => phases.push(phase));
    await server.restart();
    await waitFor("the good one to come back", () => phases.at(-1) === "live", 30_000);
    assert.ok(phases.length > 1, "it was gone in between");
    good.stop();
  },
);

authTest(
  "FeedClient and ChatClient become live by a message where the handshake before failed without a reason",
  async ({ server }) => {
    const offers: string[][] = [];
    /** Finds nobody at first, which Deno tells without a status. */
    class LateSocket extends WebSocket {
      constructor(url: string, protocols: string[]) {
        const isFirst = !offers.some((offer) => offer[0] === protocols[0]);
        super(isFirst ? "ws://127.0.0.1:1/" : url, protocols);
        offers.push(protocols);
      }
    }
    const options = { token: DESK_TOKEN, webSocket: LateSocket };
    const feed = new FeedClient({
      ...options,
      url: `${server.socketUrl}/ws`,
      subscription: { symbols: "*" },
    });
    const chat = new ChatClient({ ...options, url: `${server.socketUrl}/chat` });
    for (const client of [feed, chat]) {
      client.start();
      await waitFor("it to be live", () => client.state.phase === "live");
    }
    assert.equal([...feed.quotes()].length, 3);
    assert.deepEqual(offers.map(({ length }) => length), [2, 1, 2, 1]);
    await Promise.all([feed.stop(), chat.stop()]);
  },
);

authTest(
  "The commands watch and chat take QUOTEWIRE_TOKEN, and say so when it is refused",
  async ({ server }) => {
    const token = { QUOTEWIRE_TOKEN: DESK_TOKEN };
    await using watch = RunningProgram.mainIn(token, "watch", server.url);
    await using chat = RunningProgram.mainIn(token, "chat", server.url);
    await using refused = RunningProgram.mainIn({ QUOTEWIRE_TOKEN: "wrong" }, "watch", server.url);
    await using nobody = RunningProgram.mainIn({}, "watch", server.url);
    await watch.shows(/\tA\ttest\t1\t/, 30_000);
    await chat.type("hello\n");
    assert.equal(await chat.end(), 0);
    for (const program of [refused, nobody]) {
      assert.equal(await program.exit(30_000), 1);
      assert.match(
        program.errors,
        /authentication required \(1008\)\. Set QUOTEWIRE_TOKEN to a token/,
      );
      assert.doesNotMatch(program.errors, /wrong/);
    }
  },
);
