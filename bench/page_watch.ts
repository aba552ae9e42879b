import { fileURLToPath } from "node:url";
import type { CDPSession, Page } from "playwright-core";
import * as v from "valibot";

/** What a page has done since it was opened, but for `longestFrameMs`. */
export interface PageLook {
  readonly atMs: number;
  /** Seconds in which JavaScript ran. */
  readonly scriptSeconds: number;
  /** Seconds in which styles and layout were computed. */
  readonly drawSeconds: number;
  /** WebSocket messages that its JavaScript was handed. */
  readonly messages: number;
  readonly frames: number;
  /** Longest time between two frames since the last look. */
  readonly longestFrameMs: number;
}

const countsSchema = v.object({
  messages: v.number(),
  frames: v.number(),
  longestFrameMs: v.number(),
});

/** Counts in the page, from before its own scripts run. */
const IN_PAGE = fileURLToPath(new URL("page_counts.js", import.meta.url));

/** Looks at what one page does, by the browser's own counters where it has them. */
export class PageWatch {
  readonly #page: Page;
  readonly #devTools: CDPSession;

  private constructor(page: Page, devTools: CDPSession) {
    this.#page = page;
    this.#devTools = devTools;
  }

  /** @param page one that has not been sent anywhere yet */
  static async of(page: Page): Promise<PageWatch> {
    await page.addInitScript({ path: IN_PAGE });
    const devTools = await page.context().newCDPSession(page);
    await devTools.send("Performance.enable");
    return new PageWatch(page, devTools);
  }

  async look(): Promise<PageLook> {
    const { metrics } = await this.#devTools.send("Performance.getMetrics");
    const seconds = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? NaN;
    const counts = v.parse(countsSchema, await this.#page.evaluate("takeCounts()"));
    return {
      atMs: performance.now(),
      scriptSeconds: seconds("ScriptDuration"),
      drawSeconds: seconds("LayoutDuration") + seconds("RecalcStyleDuration"),
      ...counts,
    };
  }
}
