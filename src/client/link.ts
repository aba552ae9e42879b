import { TICKET_PREFIX } from "../auth/carriers.ts";
import { CLOSE_CODES, shouldReconnect } from "../session/close_codes.ts";
import type { AuthTerms } from "../session/protocol.ts";
import { ReconnectDelay } from "./reconnect_delay.ts";
import type { ConnectOptions } from "./connect_options.ts";
import { Connection, type ConnectionEnd, type TokenCarrier } from "./connection.ts";
import type { LinkState, StopReason } from "./link_state.ts";
import { Renewal } from "./renewal.ts";
import { TokenKeeper } from "./token_keeper.ts";
import { NO_TRAFFIC, type Traffic, withFrame } from "./traffic.ts";
import { listenForWake } from "./wake.ts";
import type { WireProtocol } from "./wire_protocol.ts";

/** What a link runs on. */
export interface LinkOptions<Received> extends Required<ConnectOptions> {
  /** In the order of preference; the server chooses. */
  readonly protocols: readonly WireProtocol<Received>[];
}

/** What a link tells its owner, who may call any method of the link from there. */
export interface LinkOwner<Received> {
  received(message: Received): void;
  malformed(fault: string): void;
  /** The connection is gone; what was asked on it will not be answered. */
  disconnected(): void;
  changed(state: LinkState): void;
}

/**
 * One connection after the other to the same server: decides when to connect, when to give up, and when
 * to come back. It knows nothing of what is said; its owner says when a connection has become `live`.
 */
export class Link<Sent extends object, Received> {
  readonly #options: LinkOptions<Received>;
  readonly #owner: LinkOwner<Received>;
  #delay: ReconnectDelay;
  #state: LinkState = {
    phase: "stopped",
    reason: { kind: "not_started" },
    staleSinceMs: undefined,
  };
  readonly #tokens: TokenKeeper;
  readonly #renewal: Renewal;
  /** How the next connection shows its token, unless that is a ticket. */
  #carrier: TokenCarrier = "handshake";
  #connection: Connection<Sent, Received> | undefined;
  /** The goodbye of the last stop, where there was somebody to say it to. */
  #closed: Promise<void> | undefined;
  /** Whether a fresh token has been tried after the server had refused one. */
  #hasRetriedToken = false;
  #traffic = NO_TRAFFIC;
  #freshAtMs: number | undefined;
  #cancelConnect: () => void = () => {};
  #stopListening: () => void = () => {};

  /** @throws {RangeError} when the token cannot be carried */
  constructor(options: LinkOptions<Received>, owner: LinkOwner<Received>) {
    this.#options = options;
    this.#owner = owner;
    this.#tokens = new TokenKeeper(options.token, options.clock);
    this.#renewal = new Renewal(this.#tokens, options.clock, (token) => {
      this.#connection?.send({ type: "auth", token });
    });
    this.#delay = new ReconnectDelay(options.random);
  }

  get state(): LinkState {
    return this.#state;
  }

  /** The subprotocol that is spoken, while connected. */
  get protocol(): string | undefined {
    return this.#connection?.protocol?.name;
  }

  /** What has been received over all connections. */
  get traffic(): Traffic {
    return this.#traffic;
  }

  /** Connects, unless it does already, or was aborted. @throws {SyntaxError} when the URL cannot be used */
  start(): void {
    const { signal, wakeSource } = this.#options;
    if (this.#state.phase !== "stopped" || signal?.aborted === true) return;
    this.#delay = new ReconnectDelay(this.#options.random);
    this.#hasRetriedToken = false;
    this.#carrier = "handshake";
    this.#connect();
    const stopWaking = listenForWake(wakeSource, () => this.checkNow());
    const abort = () => this.stop({ kind: "asked" });
    signal?.addEventListener("abort", abort);
    this.#stopListening = () => {
      stopWaking();
      signal?.removeEventListener("abort", abort);
    };
  }

  /** Disconnects at once, unless it has already. Resolves as `Connection.close` does. */
  async stop(reason: StopReason): Promise<void> {
    if (this.#state.phase !== "stopped") {
      this.#cancelConnect();
      this.#stopListening();
      this.#closed = this.#connection?.close();
      this.#disconnect();
      this.#change({ phase: "stopped", reason, staleSinceMs: this.#freshAtMs });
    }
    await this.#closed;
  }

  /** Finds out at once whether the connection still lives; does not wait for the next attempt. */
  checkNow(): void {
    if (this.#state.phase === "reconnecting") this.#connect();
    else this.#connection?.check();
  }

  /** Sends a message, if there is a connection to send it on. */
  send(message: Sent): void {
    this.#connection?.send(message);
  }

  /** The server promised a sign of life every `heartbeatMs`: from now on silence ends the connection. */
  watch(heartbeatMs: number): void {
    this.#connection?.watch(heartbeatMs);
  }

  /** Grants a connection that is not live yet another deadline for its next step. */
  progress(nextStep: string): void {
    if (this.#state.phase === "connecting") this.#connection?.progress(nextStep);
  }

  /** The connection has proven itself: the next failure starts with short waits again. */
  proven(): void {
    this.#delay.reset();
    this.#hasRetriedToken = false;
  }

  /** The server has said for whom it takes the client, and how long still: it is renewed in time. */
  authenticated(terms: AuthTerms | undefined): void {
    this.#renewal.plan(terms);
  }

  /** The server asked to stay away for at least `delayMs` after this connection. */
  advise(delayMs: number): void {
    this.#delay.advise(delayMs);
  }

  /** Everything wanted has arrived. Ignored when there is no connection, or it is live already. */
  live(session: string): void {
    if (this.#state.phase !== "connecting") return;
    this.#connection?.settled();
    this.#freshAtMs = this.#options.clock.nowMs();
    this.#change({ phase: "live", session });
  }

  #connect(): void {
    this.#cancelConnect();
    if (this.#tokens.renews) {
      requireSocketUrl(this.#options.url);
      this.#connecting();
    }
    this.#cancelConnect = this.#tokens.get((answer) => {
      if (answer.ok) return this.#open(answer.token);
      this.#ended({ kind: "failed", reason: `Cannot get a token: ${answer.reason}` });
    });
  }

  #open(token: string | undefined): void {
    // A ticket is good once, on one server: its refusal says nothing of the token that it stands for.
    const carrier = token?.startsWith(TICKET_PREFIX) ? "handshake" : this.#carrier;
    this.#connection = new Connection(this.#options.url, { ...this.#options, token, carrier }, {
      received: (message) => {
        if (this.#state.phase === "live") this.#freshAtMs = this.#options.clock.nowMs();
        this.#owner.received(message);
      },
      malformed: (fault) => this.#owner.malformed(fault),
      transferred: (wireBytes, documentBytes) => {
        this.#traffic = withFrame(this.#traffic, wireBytes, documentBytes);
      },
      ended: (end) => this.#ended(end),
    });
    if (this.#state.phase !== "connecting") this.#connecting();
  }

  #connecting(): void {
    const attempt = this.#delay.attempts;
    this.#change({ phase: "connecting", attempt, staleSinceMs: this.#freshAtMs });
  }

  #ended(end: ConnectionEnd): void {
    // It may have been the token, or the server is away: the answer to a message tells.
    const isMystery = end.kind === "unanswered" && this.#carrier === "handshake";
    this.#carrier = isMystery ? "message" : "handshake";
    this.#disconnect();
    if (end.kind === "mute" && this.#freshAtMs !== undefined) {
      this.#change({ phase: "stale", staleSinceMs: this.#freshAtMs });
    }
    // The owner may have stopped the link, or even started it again.
    if (this.#state.phase === "stopped" || this.#connection !== undefined) return;
    if (end.kind === "closed" && !shouldReconnect(end.code) && !this.#retriesToken(end.code)) {
      return void this.stop({ kind: "closed", code: end.code, reason: end.reason });
    }
    const delayMs = this.#delay.nextMs();
    this.#cancelConnect = this.#options.clock.schedule(() => this.#connect(), delayMs);
    this.#change({
      phase: "reconnecting",
      attempt: this.#delay.attempts,
      retryAtMs: this.#options.clock.nowMs() + delayMs,
      reason: describe(end),
      staleSinceMs: this.#freshAtMs,
    });
  }

  /** A refused token may just have grown old: a fresh one is worth one attempt. */
  #retriesToken(code: number): boolean {
    if (code !== CLOSE_CODES.unauthenticated.code || !this.#tokens.renews) return false;
    const isFirst = !this.#hasRetriedToken;
    this.#hasRetriedToken = true;
    return isFirst;
  }

  #disconnect(): void {
    this.#renewal.stop();
    if (this.#connection === undefined) return;
    this.#connection = undefined;
    this.#owner.disconnected();
  }

  #change(state: LinkState): void {
    this.#state = state;
    this.#owner.changed(state);
  }
}

/** What the socket would say too late, when a token has to be fetched first. */
function requireSocketUrl(url: string): void {
  if (URL.canParse(url) && /^(ws|http)s?:[^#]*$/.test(new URL(url).href)) return;
  throw new SyntaxError(`Cannot connect: must be a WebSocket URL, is ${url}`);
}

function describe(end: ConnectionEnd): string {
  switch (end.kind) {
    case "mute":
      return `nothing heard for ${(end.silentMs / 1000).toFixed(1)} s`;
    case "failed":
      return end.reason;
    case "closed":
    case "unanswered":
      return end.reason || "the server does not answer";
  }
}
