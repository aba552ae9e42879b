import { logger } from "../log.ts";
import { CLOSE_CODES } from "../session/close_codes.ts";
import { closeSocket } from "../session/socket_end.ts";
import { readNoMore } from "../session/socket_role.ts";
import type { Refusals } from "./refusals.ts";

/** What a guard stands on. */
export interface FrameGuardOptions {
  /** Messages that a client may send in a second, for ever. */
  readonly messagesPerSecondMax: number;
  readonly refusals: Pick<Refusals, "note">;
  /** What the private method is called that Deno calls for each message and each pong. */
  readonly hookName?: string;
}

/** A private method of every WebSocket. */
interface Hook {
  readonly symbol: symbol;
  // deno-lint-ignore ban-types -- what `typeof` can tell, and `Reflect.apply` takes
  readonly handle: Function;
}

const TURN_MS = 1000;
/** Frames behind the server's close: what was under way, pongs to pings that waited, the answer. */
const FRAMES_BEHIND_CLOSE_MAX = 100;
/** Control frames that a client may send in a turn. An honest one answers a ping of Deno's every 15 s. */
const CONTROL_FRAMES_MAX = 1000;
/** What was allowed at once, and what has come in while the worker hung; it is replaced after ten seconds. */
const MESSAGES_MAX_SECONDS = 15;
/** Deno has no public event for a pong. */
const HOOK_NAME = "[[serverHandleIdleTimeout]]";

const log = logger("http");

/**
 * Cuts off a client that sends so many frames that nobody else has a turn. While there is something to
 * read, Deno reads on without coming back to its timers: two clients that send empty messages or pongs as
 * fast as they can hold up a whole worker for as long as they like, and no handler of ours hears of a pong.
 * What has been decided meanwhile and put off by a timer, such as the end of the session, waits as well
 * (measured on 2.9.6). One that has been closed is read on, for a hundred frames more.
 *
 * So the frames of each socket are counted from one turn of the worker's timers to the next, at least a
 * second. However many clients share in a flood, the worker has its turn when each has sent its frames.
 */
export class FrameGuard {
  /** Frames of one client in one turn, messages and pongs together. */
  readonly framesMax: number;
  readonly #refusals: Pick<Refusals, "note">;
  readonly #hook: Hook | undefined;
  #turn = 0;
  #isTimed = false;

  constructor(options: FrameGuardOptions) {
    const { messagesPerSecondMax, refusals, hookName = HOOK_NAME } = options;
    this.framesMax = CONTROL_FRAMES_MAX + MESSAGES_MAX_SECONDS * messagesPerSecondMax;
    this.#refusals = refusals;
    this.#hook = findHook(hookName);
    if (this.#hook !== undefined) return;
    log.warn(
      "Cannot count pongs: this Deno has no {hookName}; a flood of them can hold up a worker",
      {
        code: "http_pongs_uncounted",
        hookName,
      },
    );
  }

  /** Counts the frames of a socket that is being upgraded. @param peer network address, for the log */
  watch(socket: WebSocket, peer: string): void {
    let [turn, frames, framesBehindClose] = [0, 0, 0];
    const count = () => {
      if (socket.readyState === WebSocket.CLOSING) framesBehindClose += 1;
      if (framesBehindClose > FRAMES_BEHIND_CLOSE_MAX) readNoMore(socket);
      if (turn !== this.#turn) [turn, frames] = [this.#turn, 0];
      frames += 1;
      if (!this.#isTimed) this.#time();
      if (frames === this.framesMax + 1) this.#cutOff(socket, peer);
      if (this.#hook !== undefined) Reflect.apply(this.#hook.handle, socket, []);
    };
    if (this.#hook === undefined) socket.addEventListener("message", count);
    else Reflect.set(socket, this.#hook.symbol, count);
  }

  #time(): void {
    this.#isTimed = true;
    setTimeout(() => {
      this.#isTimed = false;
      this.#turn += 1;
    }, TURN_MS);
  }

  #cutOff(socket: WebSocket, peer: string): void {
    const reason = `Cannot read on: must send at most ${this.framesMax} frames a second`;
    this.#refusals.note("flood", reason, peer);
    closeSocket(socket, CLOSE_CODES.rateLimit);
  }
}

function findHook(name: string): Hook | undefined {
  const symbols = Object.getOwnPropertySymbols(WebSocket.prototype);
  const symbol = symbols.find(({ description }) => description === name);
  const handle: unknown = symbol && Reflect.get(WebSocket.prototype, symbol);
  return symbol && typeof handle === "function" ? { symbol, handle } : undefined;
}
