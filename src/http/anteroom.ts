import { TOKEN_DEADLINE_MS } from "../auth/carriers.ts";
import { errorText } from "../errors.ts";
import { FEW_LINES, LineLimit } from "../line_limit.ts";
import { logger } from "../log.ts";
import { CLOSE_CODES, type CloseCode } from "../session/close_codes.ts";
import { AUTH_CHARACTERS_MAX, Lease, readAuthMessage, type VerifyToken } from "../session/lease.ts";
import { closeWhenQuiet } from "../session/quiet_close.ts";
import type { Refusals } from "./refusals.ts";

/** What an anteroom stands on. */
export interface AnteroomOptions {
  readonly refusals: Refusals;
  readonly verify: VerifyToken;
  /** Sockets that may wait, or hang on although they were refused. @default {1000} */
  readonly guestsMax?: number;
}

/** A socket that waits, and what becomes of it. */
interface Guest {
  readonly socket: WebSocket;
  readonly peer: string;
  /** Takes over the socket, which is open. */
  admit(lease: Lease): void;
  /** It has been admitted, or is gone. */
  left(): void;
}

/** What a client may send behind its token before it has been answered. */
const WAITING_MESSAGES_MAX = 32;
const WAITING_BYTES_MAX = 65_536;
const GUESTS_MAX = 1000;

const log = logger("http");

/**
 * Keeps the sockets of one worker whose handshake brought no token until their first message brings one.
 * The session gets the socket as if it had just been opened, with everything that came behind the token.
 * Otherwise it is closed with 1008, and with 1011 where the server could not check the token. Until then
 * nothing is sent to it.
 */
export class Anteroom {
  readonly #options: AnteroomOptions;
  readonly #faults = new LineLimit({
    log,
    level: "error",
    of: "http_authentication_failed",
    ...FEW_LINES,
  });
  #guests = 0;

  constructor(options: AnteroomOptions) {
    this.#options = options;
  }

  /** Whether no more may come, so that strangers cannot take the places of those with a token. */
  get full(): boolean {
    return this.#guests >= (this.#options.guestsMax ?? GUESTS_MAX);
  }

  /** Takes over a socket that is being upgraded. @param admit takes it over when it is known whose it is */
  keep(socket: WebSocket, peer: string, admit: (lease: Lease) => void): void {
    this.#guests += 1;
    new Visit(this.#options, this.#faults, {
      socket,
      peer,
      admit,
      left: () => this.#guests -= 1,
    });
  }
}

/** One socket's stay. */
class Visit {
  readonly #options: AnteroomOptions;
  readonly #faults: LineLimit;
  readonly #guest: Guest;
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #waiting: unknown[] = [];
  #waitingBytes = 0;
  #state: "silent" | "verifying" | "refused" | "over" = "silent";

  constructor(options: AnteroomOptions, faults: LineLimit, guest: Guest) {
    this.#options = options;
    this.#faults = faults;
    this.#guest = guest;
    const { socket } = guest;
    this.#timer = setTimeout(
      () => this.#refuse(`no token within ${TOKEN_DEADLINE_MS} ms`),
      TOKEN_DEADLINE_MS,
    );
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = () => this.#end();
    // The close event follows.
    socket.onerror = () => {};
  }

  #receive(data: unknown): void {
    if (this.#state === "verifying") return this.#keep(data);
    // A stranger's message is not read to its end to learn that it is too long.
    const isReadable = typeof data === "string" && data.length <= AUTH_CHARACTERS_MAX;
    const message = isReadable ? readAuthMessage(data) : undefined;
    if (message?.ok !== true) return this.#refuse("its first message brought no token");
    this.#state = "verifying";
    this.#verify(message.token).catch((error: unknown) => {
      if (this.#faults.take()) {
        log.error("Authentication failed: {reason}", {
          code: "http_authentication_failed",
          reason: errorText(error),
        });
      }
      // It says nothing of the token: the client is to come back.
      this.#refuse("the server failed", CLOSE_CODES.serverFault);
    });
  }

  async #verify(token: string): Promise<void> {
    const { verify } = this.#options;
    const { socket, admit } = this.#guest;
    const verdict = await verify(token);
    if (this.#state !== "verifying") return;
    if (!verdict.ok) return this.#refuse(verdict.fault);
    // Closing already: the close event ends the visit.
    if (socket.readyState !== WebSocket.OPEN) return;
    this.#end();
    admit(new Lease(verdict.grant, verify));
    for (const data of this.#waiting) {
      socket.dispatchEvent(new MessageEvent("message", { data }));
    }
  }

  #keep(data: unknown): void {
    const bytes = data instanceof ArrayBuffer ? data.byteLength : String(data).length * 2;
    this.#waitingBytes += bytes;
    this.#waiting.push(data);
    if (this.#waiting.length > WAITING_MESSAGES_MAX || this.#waitingBytes > WAITING_BYTES_MAX) {
      this.#refuse("it sent too much before it was known");
    }
  }

  /**
   * The place stays taken until the client hangs up, which nobody can make it do: a socket that ignores the
   * close lives on, and counts against `MAX_SESSIONS` (measured on Deno 2.9.6: over a minute, without an end).
   */
  #refuse(reason: string, code: CloseCode = CLOSE_CODES.unauthenticated): void {
    if (this.#state === "refused" || this.#state === "over") return;
    this.#state = "refused";
    clearTimeout(this.#timer);
    const { socket, peer } = this.#guest;
    this.#options.refusals.note("first_message", `Cannot authenticate: ${reason}`, peer);
    this.#waiting.length = 0;
    const close = () => closeWhenQuiet(socket, code, performance.now());
    if (socket.readyState !== WebSocket.CONNECTING) return close();
    // One that has not opened by now most likely never will, nor ever close.
    this.#end();
    socket.onopen = close;
  }

  #end(): void {
    if (this.#state === "over") return;
    this.#state = "over";
    clearTimeout(this.#timer);
    this.#guest.left();
  }
}
