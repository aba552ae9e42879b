/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { AlertNotifier, type Notifications } from "./alert_notifier.ts";

const STORAGE = { getItem: () => null, setItem() {} };
const NOTICE = { title: "A at or above 1", body: "2", id: "x" };

/** A browser's notifications, with what the user answers. */
function browser(answer: NotificationPermission, fault?: Error) {
  const shown: string[] = [];
  class Shown {
    static permission: NotificationPermission = "default";
    onclick = null;

    constructor(title: string) {
      if (fault !== undefined) throw fault;
      shown.push(title);
    }

    static requestPermission(): Promise<NotificationPermission> {
      this.permission = answer;
      return Promise.resolve(answer);
    }

    close(): void {}
  }
  const notifications: Notifications = Shown;
  return { shown, notifications };
}

Deno.test("AlertNotifier shows nothing before it was turned on, and something after", async () => {
  const { shown, notifications } = browser("granted");
  const notifier = new AlertNotifier(notifications, STORAGE);
  notifier.show(NOTICE, () => {});
  assert.deepEqual([notifier.state.value, shown], ["off", []]);
  await notifier.turnOn();
  notifier.show(NOTICE, () => {});
  assert.deepEqual([notifier.state.value, shown], ["on", [NOTICE.title]]);
  notifier.turnOff();
  notifier.show(NOTICE, () => {});
  assert.equal(shown.length, 1);
});

Deno.test("AlertNotifier says when the user has denied it, and when the browser cannot", async () => {
  const denied = new AlertNotifier(browser("denied").notifications, STORAGE);
  await denied.turnOn();
  assert.equal(denied.state.value, "denied");
  assert.equal(new AlertNotifier(undefined, STORAGE).state.value, "unsupported");
});

Deno.test("AlertNotifier lives with a browser that refuses only when asked to show", async () => {
  const { notifications } = browser("granted", new TypeError("Illegal constructor"));
  const notifier = new AlertNotifier(notifications, STORAGE);
  await notifier.turnOn();
  notifier.show(NOTICE, () => {});
  assert.equal(notifier.state.value, "unsupported");
});
