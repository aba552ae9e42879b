import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import * as v from "valibot";
import { type SignalStorage, storedSignal } from "../stored_signal.ts";

/** Whether alerts show outside the page as well. */
export type NotifierState =
  /** This browser cannot, or not on a page that came over plain HTTP from another machine. */
  | "unsupported"
  /** The user has told the browser not to let this page. */
  | "denied"
  | "off"
  | "on";

/** The browser's `Notification`, as far as it is needed. */
export type Notifications = Pick<typeof Notification, "permission" | "requestPermission"> & {
  new (title: string, options: NotificationOptions): Pick<Notification, "onclick" | "close">;
};

const KEY = "quotewire.alerts.system";

/** Shows alerts as notifications of the system, where the user wants that and the browser lets it. */
export class AlertNotifier {
  readonly #notifications: Notifications | undefined;
  readonly #isWanted: Signal<"on" | "off">;
  readonly #permission: Signal<NotificationPermission | "unsupported">;

  readonly state: ReadonlySignal<NotifierState> = computed(() => {
    const permission = this.#permission.value;
    if (permission === "unsupported" || permission === "denied") return permission;
    return permission === "granted" ? this.#isWanted.value : "off";
  });

  constructor(notifications: Notifications | undefined, storage: SignalStorage) {
    this.#notifications = notifications;
    this.#isWanted = storedSignal(storage, KEY, v.picklist(["on", "off"]), "off");
    this.#permission = signal(notifications?.permission ?? "unsupported");
  }

  /** Begins to notify; asks for leave where need be, so call it in answer to a click. */
  async turnOn(): Promise<void> {
    if (this.#notifications === undefined) return;
    this.#permission.value = await this.#notifications.requestPermission();
    if (this.#permission.value === "granted") this.#isWanted.value = "on";
  }

  /** Ceases to notify. */
  turnOff(): void {
    this.#isWanted.value = "off";
  }

  /** The user may have changed their mind in the browser's own settings. */
  look(): void {
    this.#permission.value = this.#notifications?.permission ?? "unsupported";
  }

  /**
   * Shows a notification, if that is wanted.
   *
   * @param id another notification of the same id takes its place, without a sound
   * @param clicked the user wants to see more
   */
  show(notice: { title: string; body: string; id: string }, clicked: () => void): void {
    this.look();
    if (this.state.peek() !== "on" || this.#notifications === undefined) return;
    const { title, body, id } = notice;
    try {
      const shown = new this.#notifications(title, { body, tag: id, icon: "/icons/icon_192.png" });
      shown.onclick = () => {
        shown.close();
        clicked();
      };
    } catch (error) {
      // Chromium on Android takes them from a service worker alone, and says so only now.
      if (!(error instanceof TypeError)) throw error;
      this.#permission.value = "unsupported";
    }
  }
}
