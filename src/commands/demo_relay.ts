import { bytesText } from "../client/chat_format.ts";
import type { Closable } from "../lifecycle.ts";
import { DemoEar, type Transcript } from "./demo_ear.ts";

/** A plain WebSocket without a subprotocol, as the simplest of clients has one. */
export class DemoRelay implements Closable {
  readonly ear: DemoEar;
  /** Texts and bytes as they came in. */
  readonly received: (string | Uint8Array)[] = [];
  readonly #socket: WebSocket;

  private constructor(transcript: Transcript, name: string, url: string) {
    this.ear = new DemoEar(name, transcript);
    this.#socket = new WebSocket(url);
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onopen = () => this.ear.ring();
    this.#socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      const content = typeof data === "string" ? data : new Uint8Array(data);
      this.received.push(content);
      this.ear.hear(typeof content === "string" ? content : bytesText({ bytes: content }));
    };
  }

  /** Connects. */
  static async open(transcript: Transcript, name: string, url: string): Promise<DemoRelay> {
    const relay = new DemoRelay(transcript, name, url);
    try {
      await relay.ear.until("connect", () => relay.#socket.readyState === WebSocket.OPEN);
    } catch (error) {
      relay.close();
      throw error;
    }
    relay.ear.tell("connects without a subprotocol");
    return relay;
  }

  send(content: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(content);
    const text = typeof content === "string" ? content : bytesText({ bytes: content });
    this.ear.tell(`sends    ${text}`);
  }

  close(): void {
    this.#socket.close(1000);
  }
}
