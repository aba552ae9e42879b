import type { ListenConfig } from "./config.ts";

/** Where browsers and programs on this machine find a server that listens so. */
export function serverUrl({ host, port, tls }: ListenConfig): string {
  const name = host === "0.0.0.0" || host === "::" ? "localhost" : host;
  const scheme = tls === undefined ? "http" : "https";
  return `${scheme}://${name.includes(":") ? `[${name}]` : name}:${port}/`;
}
