import { errorText } from "../errors.ts";
import { logger } from "../log.ts";
import type { MetricWriter } from "../metrics.ts";
import { CLOSE_CODES } from "../session/close_codes.ts";
import { Lease, readAuthMessage, type VerifyToken } from "../session/lease.ts";
import { closeWhenQuiet } from "../session/quiet_close.ts";

/** What an anteroom stands on. */
export interface AnteroomOptions {
  readonly peer: string;
  readonly counters: MetricWriter;
  readonly verify: VerifyToken;
  /** Takes over the socket, which is open. */
  admit(lease: Lease): void;
}

/** How long a socket may be open before its client says who it is. */
const TOKEN_DEADLINE_MS = 5000;

/** What a client may send behind its token before it has been answered. */
const WAITING_MESSAGES_MAX = 32;
const WAITING_BYTES_MAX = 65_536;

const log = logger("http");

/**
 * Keeps a socket whose handshake brought no token until its first message brings one. The session gets
 * it as if it had just been opened, with everything that came behind the token. Otherwise it is closed
 * with 1008. Until then nothing is sent to it.
 */
export function keepInAnteroom(socket: WebSocket, options: AnteroomOptions): void {
  new Anteroom(socket, options);
}

class Anteroom {
  readonly #socket: WebSocket;
  readonly #options: AnteroomOptions;
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #waiting: unknown[] = [];
  #waitingBytes = 0;
  #state: "empty" | "verifying" | "left" = "empty";

  constructor(socket: WebSocket, options: AnteroomOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#timer = setTimeout(
      () => this.#refuse(`no token within ${TOKEN_DEADLINE_MS} ms`),
      TOKEN_DEADLINE_MS,
    );
    options.counters.add("sockets", 1);
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = () => this.#leave();
    // The close event follows.
    socket.onerror = () => {};
  }

  #receive(data: unknown): void {
    if (this.#state === "verifying") return this.#keep(data);
    const message = readAuthMessage(data);
    if (message?.ok !== true) return this.#refuse("its first message brought no token");
    this.#state = "verifying";
    this.#verify(message.token).catch((error: unknown) => {
      log.error("Authentication failed: {reason}", {
        code: "http_authentication_failed",
        reason: errorText(error),
      });
      this.#refuse("the server failed");
    });
  }

  async #verify(token: string): Promise<void> {
    const { verify, admit } = this.#options;
    const verdict = await verify(token);
    if (this.#state === "left") return;
    if (!verdict.ok) return this.#refuse(verdict.fault);
    this.#leave();
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    admit(new Lease(verdict.grant, verify));
    for (const data of this.#waiting) {
      this.#socket.dispatchEvent(new MessageEvent("message", { data }));
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

  #refuse(reason: string): void {
    if (this.#state === "left") return;
    const { peer, counters } = this.#options;
    counters.add("rejected_total", 1);
    log.info("Socket of {peer} refused: {reason}", {
      code: "http_socket_refused",
      peer,
      reason,
    });
    clearTimeout(this.#timer);
    this.#waiting.length = 0;
    this.#socket.onmessage = null;
    closeWhenQuiet(this.#socket, CLOSE_CODES.unauthenticated, performance.now());
    this.#state = "left";
    // It counts until the network has given it up.
    this.#socket.onclose = () => this.#uncount();
  }

  #leave(): void {
    clearTimeout(this.#timer);
    this.#state = "left";
    this.#uncount();
  }

  /** Deno reports some closes twice. */
  #uncount(): void {
    this.#socket.onclose = null;
    this.#options.counters.add("sockets", -1);
  }
}
