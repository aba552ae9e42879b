import {
  type ConnectionOptions,
  type Msg,
  type NatsConnection,
  PermissionViolationError,
} from "@nats-io/nats-core";
import { NatsConnectionImpl, setTransportFactory } from "@nats-io/nats-core/internal";
import { errorText } from "../errors.ts";
import { type Closable, endsInTime, sleep, withDeadline } from "../lifecycle.ts";
import { FEW_LINES, LineLimit } from "../line_limit.ts";
import { logger } from "../log.ts";
import { type DialOptions, TcpTransport } from "./tcp_transport.ts";

/** Somebody's words on a subject. */
export interface BackboneMessage {
  /** Without the prefix. */
  readonly subject: string;
  /** From outside: to be validated. Valid until the handler returns; copy what is to last. */
  readonly payload: Uint8Array;
  /** Answers a request; returns whether the answer is under way. A message that is no request takes no answer. */
  answer(payload: Uint8Array): boolean;
}

/** Hears the messages of a subject, one after the other. */
export type BackboneHandler = (message: BackboneMessage) => void;

/** What a link may hold that the server has not confirmed to have read. */
const UNPROVEN_BYTES_MAX = 16 * 1024 * 1024;
const PROOF_INTERVAL_MS = 250;
const PROOF_DEADLINE_MS = 2000;
const END_DEADLINE_MS = 1000;
/** The client's own heartbeat is not needed beside the proofs. */
const CLIENT_PING_INTERVAL_MS = 120_000;
const REFUSAL_LOG_INTERVAL_MS = 60_000;

const log = logger("backbone");

/**
 * One connection to one NATS server, from its beginning to its end.
 *
 * It proves itself four times a second: what the server has not answered within 2 s counts as lost. The
 * client's own reconnect is left off, because while it tries, it keeps whatever is published, without a
 * bound; what is published here while there is no connection is refused.
 */
export class NatsLink implements Closable {
  readonly #nats: NatsConnection;
  readonly #prefix: string;
  readonly #stop = new AbortController();
  readonly #lost = Promise.withResolvers<string>();
  readonly #faults = new LineLimit({
    log,
    level: "error",
    of: "backbone_handler_failed",
    ...FEW_LINES,
  });
  #unprovenBytes = 0;

  private constructor(nats: NatsConnection, prefix: string) {
    this.#nats = nats;
    this.#prefix = prefix;
    void nats.closed().then((error) => {
      this.#end(error === undefined ? "the connection has ended" : errorText(error));
    });
    void this.#keepProving();
    void this.#hearRefusals();
  }

  /**
   * @param prefix goes before every subject, with a dot
   * @param stop ends the attempt when it aborts, and has no say in the link
   * @throws {Error} what the client throws when it cannot connect or is not let in
   */
  static async open(
    options: ConnectionOptions,
    prefix: string,
    stop: AbortSignal,
  ): Promise<NatsLink> {
    setTransportFactory({ factory: () => new TcpTransport() });
    const attempt = new AbortController();
    const end = () => attempt.abort();
    stop.addEventListener("abort", end);
    try {
      return new NatsLink(await dial(options, prefix, attempt.signal), prefix);
    } finally {
      stop.removeEventListener("abort", end);
    }
  }

  /** Resolves with the reason when the connection has ended, whoever ended it. */
  get lost(): Promise<string> {
    return this.#lost.promise;
  }

  /** Size of the largest payload that the server takes. */
  get messageBytesMax(): number {
    return this.#nats.info?.max_payload ?? 0;
  }

  /** As `Backbone.publish`. */
  publish(subject: string, payload: Uint8Array): boolean {
    return this.#send(`${this.#prefix}.${subject}`, payload);
  }

  /** As `Backbone.subscribe`, for as long as the connection lasts. */
  subscribe(subject: string, handler: BackboneHandler): Closable {
    const subscription = this.#nats.subscribe(`${this.#prefix}.${subject}`, {
      callback: (error, message) => {
        if (error === null) return this.#handle(message, handler);
        log.error("Cannot listen to {subject}: {reason}", {
          code: "backbone_refused",
          subject,
          reason: errorText(error),
        });
      },
    });
    return { close: () => subscription.unsubscribe() };
  }

  /** As `Backbone.request`. */
  async request(subject: string, payload: Uint8Array, deadlineMs: number): Promise<Uint8Array> {
    const asked = this.#nats.request(`${this.#prefix}.${subject}`, payload, {
      timeout: deadlineMs,
    });
    const { data } = await asked;
    return data;
  }

  /** Gives what was published a second to leave, and ends the connection. */
  async close(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    // It fails where the connection is lost, and then nothing can leave any more.
    await endsInTime(this.#nats.flush().catch(() => {}), END_DEADLINE_MS);
    this.#end("closed");
  }

  #send(subject: string, payload: Uint8Array): boolean {
    const isRoom = this.#unprovenBytes + payload.length <= UNPROVEN_BYTES_MAX;
    if (!isRoom || payload.length > this.messageBytesMax || this.#nats.isClosed()) return false;
    this.#unprovenBytes += payload.length;
    this.#nats.publish(subject, payload);
    return true;
  }

  #handle({ subject, data, reply }: Msg, handler: BackboneHandler): void {
    try {
      handler({
        subject: subject.slice(this.#prefix.length + 1),
        payload: data,
        answer: (payload) => reply !== undefined && reply !== "" && this.#send(reply, payload),
      });
    } catch (error) {
      // Thrown on, it would end the client's reading of the connection.
      if (!this.#faults.take()) return;
      log.error("A message on {subject} was not handled: {reason}", {
        code: "backbone_handler_failed",
        subject,
        reason: errorText(error),
        stack: error instanceof Error ? error.stack : undefined,
      });
    }
  }

  /**
   * Until the connection ends. The client tells of a publish that NATS refused in no other way (3.4.0); each
   * subscription hears of its own, and what ends the connection is its end's reason.
   */
  async #hearRefusals(): Promise<void> {
    let loggedAtMs = -Infinity;
    for await (const status of this.#nats.status()) {
      if (status.type !== "error" || !(status.error instanceof PermissionViolationError)) continue;
      const nowMs = performance.now();
      const isRecent = nowMs - loggedAtMs < REFUSAL_LOG_INTERVAL_MS;
      if (status.error.operation !== "publish" || isRecent) continue;
      loggedAtMs = nowMs;
      log.error("Cannot say what others should hear: {reason}", {
        code: "backbone_refused",
        subject: status.error.subject,
        reason: errorText(status.error),
      });
    }
  }

  async #keepProving(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const bytes = this.#unprovenBytes;
      try {
        await withDeadline(this.#nats.flush(), PROOF_DEADLINE_MS, "hear from NATS");
      } catch (error) {
        this.#end(errorText(error));
        return;
      }
      this.#unprovenBytes -= bytes;
      await sleep(PROOF_INTERVAL_MS, this.#stop.signal);
    }
  }

  #end(reason: string): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    this.#faults.close();
    this.#lost.resolve(reason);
    this.#nats.close().catch((error: unknown) => {
      log.debug("Connection ended with an error: {reason}", {
        code: "backbone_end_failed",
        reason: errorText(error),
      });
    });
  }
}

function dial(
  options: ConnectionOptions,
  prefix: string,
  signal: AbortSignal,
): Promise<NatsConnection> {
  const dialOptions: DialOptions = {
    ...options,
    signal,
    reconnect: false,
    noEcho: true,
    // So that a server needs no rights beyond its prefix.
    inboxPrefix: `${prefix}.inbox`,
    pingInterval: CLIENT_PING_INTERVAL_MS,
    noAsyncTraces: true,
  };
  return NatsConnectionImpl.connect(dialOptions);
}
