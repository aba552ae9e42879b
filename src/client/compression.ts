/**
 * Whether the server is asked to compress what it sends.
 *
 * - `auto`: unless it is on this machine, where compression costs time and saves nothing that is scarce.
 * - `on`: in any case. A server that cannot is taken as it is.
 * - `off`: never.
 *
 * Where the platform has no `DecompressionStream`, nothing is compressed.
 */
export type Compression = "auto" | "on" | "off";

/** Whether to ask for compression at this URL. An URL that cannot be read does not: connecting will say why. */
export function wantsCompression(compression: Compression, url: string): boolean {
  if (compression === "off" || typeof DecompressionStream === "undefined") return false;
  return compression === "on" || (URL.canParse(url) && !isLoopback(new URL(url).hostname));
}

function isLoopback(hostname: string): boolean {
  return /^(.+\.)?localhost$|^127(\.\d+){3}$|^\[::1\]$/.test(hostname);
}
