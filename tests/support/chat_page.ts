import type { Locator, Page } from "playwright-core";

/** The dashboard's chat as tests use it. */
export class ChatPage {
  readonly page: Page;
  readonly toggle: Locator;
  readonly panel: Locator;
  readonly lines: Locator;
  readonly draft: Locator;
  readonly banner: Locator;

  constructor(page: Page) {
    this.page = page;
    this.toggle = page.getByRole("button", { name: /^Chat/ });
    this.panel = page.getByRole("complementary", { name: "Chat" });
    this.lines = this.panel.locator(".line-body");
    this.draft = this.panel.getByRole("textbox", { name: /^Message to/ });
    this.banner = this.panel.locator(".chat-banner");
  }

  /** Opens the panel for the first time, and chooses a name. */
  async join(username: string): Promise<void> {
    await this.toggle.click();
    await this.panel.getByLabel("Your name").fill(username);
    await this.panel.getByRole("button", { name: "Join", exact: true }).click();
    await this.here(1);
  }

  /** Waits until at least so many people are in the shown room. */
  async here(count: number): Promise<void> {
    const people = Array.from({ length: 9 - count }, (_, index) => count + index).join("|");
    await this.panel.getByText(new RegExp(`^(${people}) (person|people) here$`)).waitFor();
  }

  /** Says something in the shown room, by keyboard. */
  async say(text: string): Promise<void> {
    await this.draft.fill(text);
    await this.draft.press("Enter");
  }

  /** What the shown room's lines say. */
  async said(): Promise<string[]> {
    return await this.lines.allTextContents();
  }

  /** The button that shows a room. */
  room(label: string): Locator {
    return this.panel.getByRole("navigation", { name: "Rooms" }).getByRole("button", {
      name: label,
    });
  }
}
