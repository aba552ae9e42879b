import type { WebSocketConstructor } from "../../src/client/client_socket.ts";
import type { Clock } from "../../src/client/clock.ts";
import { FeedClient } from "../../src/client/feed_client.ts";
import type { ClientFault } from "../../src/client/feed_events.ts";
import type { LinkState } from "../../src/client/link_state.ts";
import type { SubscriptionOptions } from "../../src/client/subscription.ts";
import type { TokenSource } from "../../src/client/token_keeper.ts";
import type { WakeSource } from "../../src/client/wake.ts";
import type { Compression } from "../../src/client/compression.ts";
import { PRICE_PROTOCOL_DEFLATE, PRICE_PROTOCOL_JSON } from "../../src/session/protocol.ts";
import { ProtocolServer } from "./protocol_server.ts";
import { waitFor } from "./wait_for.ts";

/** A client with a server that the test plays, and everything that the client told its listeners. */
export class ClientFixture implements AsyncDisposable {
  readonly server: ProtocolServer;
  readonly client: FeedClient;
  readonly states: LinkState[] = [];
  readonly faults: ClientFault[] = [];

  constructor(
    options: {
      subscription?: SubscriptionOptions;
      clock?: Clock;
      wakeSource?: WakeSource;
      token?: TokenSource;
      signal?: AbortSignal;
      webSocket?: WebSocketConstructor;
      random?: () => number;
      /** "on" makes both sides compress. */
      compression?: Compression;
    } = {},
  ) {
    this.server = new ProtocolServer(
      0,
      options.compression === "on" ? PRICE_PROTOCOL_DEFLATE : PRICE_PROTOCOL_JSON,
    );
    this.client = new FeedClient({
      url: this.server.url,
      subscription: { symbols: "*" },
      random: () => 0,
      ...options,
    });
    this.client.on("state", (state) => this.states.push(state));
    this.client.on("error", (fault) => this.faults.push(fault));
    this.client.start();
  }

  async phase<Phase extends LinkState["phase"]>(
    phase: Phase,
  ): Promise<Extract<LinkState, { phase: Phase }>> {
    return await waitFor(`the client to be ${phase}`, () => {
      const { state } = this.client;
      return isIn(state, phase) && state;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.stop();
    await this.server.close();
  }
}

function isIn<Phase extends LinkState["phase"]>(
  state: LinkState,
  phase: Phase,
): state is Extract<LinkState, { phase: Phase }> {
  return state.phase === phase;
}
