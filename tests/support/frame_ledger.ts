import assert from "node:assert/strict";
import type { AsyncApi } from "./async_api.ts";

/** What the server has sent on one channel, held to what docs/asyncapi.yaml says that it may send there. */
export class FrameLedger {
  readonly #api: AsyncApi;
  readonly #channel: string;
  readonly #seen = new Set<string>();

  constructor(api: AsyncApi, channel: string) {
    this.#api = api;
    this.#channel = channel;
  }

  /** Finds the one message that a frame is. */
  take(frame: unknown): void {
    const fitting: string[] = [];
    const faults: string[] = [];
    for (const message of this.#messages()) {
      // What is anything says nothing about a frame.
      if (this.#isOpaque(message)) continue;
      const wrong = this.#api.faults(message, frame);
      if (wrong.length === 0) fitting.push(message);
      else faults.push(`${message}: ${wrong.join("; ")}`);
    }
    const excerpt = JSON.stringify(frame).slice(0, 1000);
    assert.equal(
      fitting.length,
      1,
      `On ${this.#channel} one message must fit ${excerpt}, fits ${fitting}\n${faults.join("\n")}`,
    );
    for (const message of fitting) this.#seen.add(message);
  }

  /** Notes that a message of any content has come, as the test has found out itself. */
  note(message: string): void {
    assert.ok(this.#isOpaque(message), message);
    this.#seen.add(message);
  }

  /** Messages that have not come. */
  get missing(): string[] {
    return this.#messages().filter((message) => !this.#seen.has(message));
  }

  #messages(): string[] {
    return this.#api.messages(this.#channel, "send");
  }

  #isOpaque(message: string): boolean {
    const { contentType } = this.#api.document.components.messages[message] ?? {};
    return contentType === "application/octet-stream";
  }
}
