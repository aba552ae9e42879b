import assert from "node:assert/strict";
import { ClientFixture } from "../../tests/support/client_fixture.ts";
import { listenForWake, type WakeSource } from "./wake.ts";

/** A window that knows who listens to it. */
class CountingSource implements WakeSource {
  readonly #target = new EventTarget();
  count = 0;

  addEventListener(type: string, listener: EventListenerOrEventListenerObject | null): void {
    this.count += 1;
    this.#target.addEventListener(type, listener);
  }

  removeEventListener(type: string, listener: EventListenerOrEventListenerObject | null): void {
    this.count -= 1;
    this.#target.removeEventListener(type, listener);
  }

  dispatch(type: string): void {
    this.#target.dispatchEvent(new Event(type));
  }
}

Deno.test("listenForWake() hears of a shown tab, a restored page and a new network, until it stops", () => {
  const source = new CountingSource();
  let wakes = 0;
  const stop = listenForWake(source, () => wakes += 1);
  for (const name of ["visibilitychange", "pageshow", "online", "click"]) source.dispatch(name);
  assert.equal(wakes, 3);
  stop();
  for (const name of ["visibilitychange", "pageshow", "online"]) source.dispatch(name);
  assert.equal(wakes, 3);
});

Deno.test("FeedClient.stop() leaves no listener behind", async () => {
  const wakeSource = new CountingSource();
  await using fixture = new ClientFixture({ wakeSource });
  assert.equal(wakeSource.count, 3);
  fixture.client.stop();
  assert.equal(wakeSource.count, 0);
});
