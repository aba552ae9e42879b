import type { ConnectionOptions } from "@nats-io/nats-core";
import { Backoff } from "../backoff.ts";
import type { BackboneConfig } from "../backbone_config.ts";
import { errorText } from "../errors.ts";
import { type Closable, sleep } from "../lifecycle.ts";
import { logger } from "../log.ts";
import { connectionOptions } from "./connection_options.ts";
import { type BackboneHandler, NatsLink } from "./nats_link.ts";

/** Whether messages go through at present. */
export type BackboneState = "up" | "down";

/** What `messageBytesMax` is before a server has said its own. */
const MESSAGE_BYTES_DEFAULT = 1024 * 1024;
const DIAL_DEADLINE_MS = 2000;
const RETRY_MS_MAX = 1000;
const RETRY_MS_MIN = 100;

const log = logger("backbone");

/**
 * What several servers of Quotewire say to each other, over NATS.
 *
 * - Nothing is promised of a message: it may get lost, at any time and without a sign. Messages of one
 *   process on one subject arrive in their order, at most once. Whoever needs more MUST number them.
 * - A process does not hear what it says itself, requests included.
 * - Whatever is heard comes from outside: a handler MUST validate it. It MUST NOT block, and whatever it
 *   keeps for later MUST have a maximum; nothing waits here.
 * - While the backbone is down, what is published is refused. It comes back by itself, with all
 *   subscriptions; what was said meanwhile is lost.
 */
export class Backbone implements Closable {
  readonly #options: readonly ConnectionOptions[];
  readonly #prefix: string;
  readonly #stop = new AbortController();
  readonly #subscriptions = new Set<Subscription>();
  readonly #watchers = new Set<(state: BackboneState) => void>();
  readonly #running: Promise<void>;
  #link: NatsLink | undefined;
  #messageBytesMax = MESSAGE_BYTES_DEFAULT;

  private constructor(options: readonly ConnectionOptions[], prefix: string) {
    this.#options = options;
    this.#prefix = prefix;
    this.#running = this.#run();
  }

  /**
   * Begins to connect, and goes on trying for as long as it is open: resolves without a connection.
   *
   * @param name how the NATS server's monitoring calls this connection
   * @throws {ConfigError} when a file that the configuration names cannot be used
   */
  static async open(config: BackboneConfig, name: string): Promise<Backbone> {
    return new Backbone(await connectionOptions(config, name), config.prefix);
  }

  /** Whether messages go through, as far as is known: a dead connection is noticed within 2.5 s. */
  get state(): BackboneState {
    return this.#link === undefined ? "down" : "up";
  }

  /** Size of the largest payload, in bytes: what the NATS server allows, 1 MiB until one has been met. */
  get messageBytesMax(): number {
    return this.#messageBytesMax;
  }

  /** Tells each change of the state, until closed. A watcher MUST NOT throw. */
  watch(watcher: (state: BackboneState) => void): Closable {
    this.#watchers.add(watcher);
    return { close: () => void this.#watchers.delete(watcher) };
  }

  /**
   * Says something to all other processes that listen. Returns whether it is under way: not while the
   * backbone is down, when the payload is larger than `messageBytesMax`, and when 16 MiB wait already.
   *
   * @param subject without the prefix: words of letters, digits, _ and -, with dots between
   */
  publish(subject: string, payload: Uint8Array): boolean {
    return this.#link?.publish(subject, payload) ?? false;
  }

  /**
   * Listens to a subject, through all reconnects, until closed.
   *
   * @param subject as for `publish`; `*` stands for any one word
   */
  subscribe(subject: string, handler: BackboneHandler): Closable {
    const subscription: Subscription = { subject, handler, current: undefined };
    subscription.current = this.#link?.subscribe(subject, handler);
    this.#subscriptions.add(subscription);
    return {
      close: () => {
        this.#subscriptions.delete(subscription);
        subscription.current?.close();
      },
    };
  }

  /**
   * Asks whoever listens to a subject, and resolves with the first answer.
   *
   * @throws {Error} when nobody listens, nobody answers in time, or the backbone is down; a caller MUST
   * bound its retries
   */
  async request(subject: string, payload: Uint8Array, deadlineMs: number): Promise<Uint8Array> {
    if (this.#link === undefined) {
      throw new Error(`Cannot ask for ${subject}: the backbone is down`);
    }
    return await this.#link.request(subject, payload, deadlineMs);
  }

  /** Says what is under way, within a second, and ends. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#link?.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    const backoff = new Backoff({ firstMs: RETRY_MS_MIN, maxMs: RETRY_MS_MAX });
    for (let attempt = 0, told = false; !this.#stop.signal.aborted; attempt += 1) {
      const options = this.#options[attempt % this.#options.length] ?? {};
      try {
        const timed = { ...options, timeout: DIAL_DEADLINE_MS };
        const link = await NatsLink.open(timed, this.#prefix, this.#stop.signal);
        backoff.reset();
        told = false;
        await this.#hold(link, String(options.servers));
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        log[told ? "debug" : "warn"]("Cannot reach the backbone: {reason}", {
          code: "backbone_unreachable",
          reason: errorText(error),
        });
        told = true;
      }
      await sleep(RETRY_MS_MIN + backoff.nextMs(), this.#stop.signal);
    }
  }

  /** Uses a link until it is lost. */
  async #hold(link: NatsLink, server: string): Promise<void> {
    if (this.#stop.signal.aborted) return await link.close();
    this.#link = link;
    this.#messageBytesMax = link.messageBytesMax;
    for (const subscription of this.#subscriptions) {
      subscription.current = link.subscribe(subscription.subject, subscription.handler);
    }
    log.info("Backbone is up: {server}", { code: "backbone_up", server });
    this.#tell("up");
    const reason = await link.lost;
    this.#link = undefined;
    for (const subscription of this.#subscriptions) subscription.current = undefined;
    if (this.#stop.signal.aborted) return;
    log.warn("Backbone is down: {reason}", { code: "backbone_down", reason, server });
    this.#tell("down");
  }

  #tell(state: BackboneState): void {
    for (const watcher of this.#watchers) watcher(state);
  }
}

interface Subscription {
  readonly subject: string;
  readonly handler: BackboneHandler;
  /** On the link that is used at present. */
  current: Closable | undefined;
}
