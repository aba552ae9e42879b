import type { BookChange } from "../hub/replica.ts";
import { ClassicSession } from "./classic_session.ts";
import { heartbeatFrame } from "./frames.ts";
import { PRICE_PROTOCOL_DEFLATE, PRICE_PROTOCOL_JSON } from "./protocol.ts";
import type { SessionRegistry } from "./registry.ts";
import type { PriceSession, SessionContext } from "./session.ts";
import type { SessionGroup } from "./session_group.ts";
import { Selections } from "./selections.ts";
import { SharedDocument } from "./shared_document.ts";
import { SharedFrames } from "./shared_frames.ts";
import { SharedStreams } from "./shared_streams.ts";
import { SharedSnapshots } from "./shared_snapshots.ts";
import { deflateEncoding, JSON_ENCODING } from "./v1_encoding.ts";
import type { Visitor } from "./visitor.ts";
import { type V1Context, V1Session } from "./v1_session.ts";

/** The subprotocols of the price feed. */
export const PRICE_PROTOCOLS: readonly string[] = [PRICE_PROTOCOL_JSON, PRICE_PROTOCOL_DEFLATE];

/** The price feed on one worker: hands its sessions what changes, and beats their hearts. */
export class PriceChannel {
  readonly #context: SessionContext;
  readonly #streams = new SharedStreams(() => performance.now());
  readonly #selections = new Selections();
  readonly #v1Contexts: ReadonlyMap<string, V1Context>;
  readonly #sessions: SessionGroup<PriceSession>;

  constructor(registry: SessionRegistry, context: SessionContext) {
    this.#context = context;
    const snapshots = new SharedSnapshots(context.view);
    this.#v1Contexts = new Map(
      [JSON_ENCODING, deflateEncoding(this.#streams)].map((encoding) => [
        encoding.protocol,
        { ...context, snapshots, selections: this.#selections, encoding },
      ]),
    );
    this.#sessions = registry.group({ endpoint: "feed", beat: () => this.#beat() });
  }

  /**
   * Takes over a socket that is being upgraded.
   *
   * @param protocol one of `PRICE_PROTOCOLS`; without one the client is a classic one
   */
  open(socket: WebSocket, protocol: string | undefined, visitor: Visitor): void {
    const v1 = this.#v1Contexts.get(protocol ?? "");
    this.#sessions.open(
      socket,
      visitor,
      (outlet, end) =>
        v1 === undefined
          ? new ClassicSession(outlet, this.#context, visitor.lease, end)
          : new V1Session(outlet, v1, visitor.lease, end),
    );
  }

  /**
   * Hands a change of the book to every session that it concerns. The book MUST not change again before
   * `SessionRegistry.finish`.
   *
   * @param onDelivered called after the last of them
   */
  deliver(change: BookChange, onDelivered?: () => void): void {
    const frames = new SharedFrames(change, (selection) => this.#selections.isLone(selection));
    this.#sessions.spread((session, nowMs) => session.deliver(change, frames, nowMs), onDelivered);
  }

  /** Tells every session the feed's state, which has changed. */
  announceFeed(): void {
    this.#sessions.each(this.#makeHeartbeat());
  }

  /** Starts every session over with a snapshot. */
  reset(): void {
    this.#sessions.each((session, nowMs) => session.reset(nowMs));
  }

  #beat() {
    this.#streams.forgetUnused();
    return () => this.#makeHeartbeat();
  }

  #makeHeartbeat() {
    const { view } = this.#context;
    const shared = new SharedDocument(() => heartbeatFrame(view.seq, view.feed()));
    return (session: PriceSession, nowMs: number) => session.heartbeat(shared, nowMs);
  }
}
