import { HubPublisher } from "../../src/hub/publisher.ts";
import type { IsolateLink } from "../../src/lifecycle.ts";

/** A publisher that can be made to leave requests for the whole book waiting, as a busy isolate does. */
export class SlowHub extends HubPublisher {
  #isHeld = false;
  readonly #waiting: (() => void)[] = [];

  /** From now on nobody gets the whole book. */
  hold(): void {
    this.#isHeld = true;
  }

  /** All who wait get it, and whoever asks. */
  release(): void {
    this.#isHeld = false;
    for (const answer of this.#waiting.splice(0)) answer();
  }

  override openLink(): IsolateLink {
    const link = super.openLink();
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => {
      const ask = () => link.port.postMessage(data);
      if (this.#isHeld) this.#waiting.push(ask);
      else ask();
    };
    link.port.onmessage = ({ data }) => port1.postMessage(data);
    return {
      port: port2,
      close: () => {
        port1.close();
        link.close();
      },
    };
  }
}
