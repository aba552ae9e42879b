import type { Locator } from "playwright-core";
import { Dashboard } from "./dashboard.ts";
import { waitFor } from "./wait_for.ts";

/** The dashboard with what is around its prices: connection, alerts, settings, notices. */
export class DeskPage extends Dashboard {
  readonly notices: Locator = this.page.getByRole("log", { name: "Notices" });
  readonly connection: Locator = this.page.getByRole("dialog", { name: "Connection" });
  readonly alerts: Locator = this.page.getByRole("dialog", { name: "Alerts" });
  readonly alertItems: Locator = this.alerts.getByRole("listitem");
  readonly settings: Locator = this.page.getByRole("dialog", { name: "Settings" });

  /** Opens the panel behind a button of the bar. */
  async open(panel: "connection" | "alerts" | "settings"): Promise<void> {
    await this.page.locator(`#${panel}-button`).click();
    await this[panel].waitFor();
  }

  /** Waits until prices are live. */
  async live(): Promise<void> {
    await this.says("Live");
  }

  /** Waits for the word that is announced. */
  async says(label: string): Promise<void> {
    await waitFor(
      `the status ${label}`,
      async () => await this.status.textContent() === label,
      20_000,
    );
  }

  /** Waits for the price of a symbol. */
  async shows(symbol: string, price: string): Promise<void> {
    await waitFor(
      `${symbol} at ${price}`,
      async () => (await this.price(symbol).allTextContents()).includes(price),
      20_000,
    );
  }

  /** Sets an alert in the panel, which is open. */
  async setAlert(
    symbol: string,
    condition: string,
    value: string,
    from?: string,
  ): Promise<void> {
    await this.alerts.getByLabel("Symbol").fill(symbol);
    await this.alerts.getByLabel("When it is").selectOption(condition);
    await this.alerts.getByLabel(/^(Price|Percent)$/).fill(value);
    if (from !== undefined) await this.alerts.getByLabel("From").selectOption(from);
    await this.alerts.getByRole("button", { name: "Set alert" }).click();
  }

  /** What the alerts say, from top to bottom. */
  async alertTexts(): Promise<string[]> {
    return await this.alertItems.allInnerTexts();
  }

  /** Waits until so many alerts have fired. */
  async fired(count: number): Promise<void> {
    await waitFor(
      `${count} fired alerts`,
      async () => await this.alertItems.filter({ hasText: "Fired" }).count() === count,
      20_000,
    );
  }

  /** Keeps every word that is announced from now on; call the result to read them. */
  async recordStatus(): Promise<() => Promise<string[]>> {
    const words = await this.status.evaluateHandle((element) => {
      const seen: string[] = [];
      const observer = new MutationObserver(() => seen.push(element.textContent));
      observer.observe(element, { characterData: true, childList: true, subtree: true });
      return seen;
    });
    return () => words.jsonValue();
  }
}
