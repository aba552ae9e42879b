import { chromium } from "playwright-core";
import { ensureChromium } from "../tests/support/browser.ts";

/**
 * Draws the bitmaps that an installed page is shown by from static/favicon.svg, for browsers and systems
 * that take no SVG. Run after a change of the drawing: `deno run -A tools/render_icons.ts`.
 */

interface Icon {
  readonly file: string;
  readonly sizePx: number;
  /** Systems cut a maskable icon to a shape of theirs; only the inner 80 % are safe. */
  readonly isMaskable: boolean;
}

const ICONS: readonly Icon[] = [
  { file: "icon_192.png", sizePx: 192, isMaskable: false },
  { file: "icon_512.png", sizePx: 512, isMaskable: false },
  { file: "icon_maskable_512.png", sizePx: 512, isMaskable: true },
];

const STATIC = new URL("../static/", import.meta.url);
const BACKGROUND = "#2563eb";

async function main(): Promise<void> {
  const svg = await Deno.readTextFile(new URL("favicon.svg", STATIC));
  await Deno.mkdir(new URL("icons/", STATIC), { recursive: true });
  const sandbox = Deno.uid() === 0 ? ["--no-sandbox"] : [];
  const browser = await chromium.launch({ executablePath: await ensureChromium(), args: sandbox });
  try {
    for (const { file, sizePx, isMaskable } of ICONS) {
      const page = await browser.newPage({ viewport: { width: sizePx, height: sizePx } });
      const insetPx = isMaskable ? Math.round(sizePx * 0.1) : 0;
      await page.setContent(
        `<style>body{margin:0;background:${isMaskable ? BACKGROUND : "transparent"}}` +
          `svg{display:block;width:${sizePx - 2 * insetPx}px;margin:${insetPx}px}</style>${svg}`,
      );
      const png = await page.screenshot({ omitBackground: true });
      await Deno.writeFile(new URL(`icons/${file}`, STATIC), png);
      await page.close();
    }
  } finally {
    await browser.close();
  }
}

if (import.meta.main) await main();
