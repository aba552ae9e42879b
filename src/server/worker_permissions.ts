import { fileURLToPath } from "node:url";

const PROJECT = new URL("../../", import.meta.url);

/**
 * What an isolate that faces the network may do: listen on its port, read the server's own code and
 * pages. It can open no connection to anywhere else, read no other file, write none, run no program, and
 * sees no environment variable. What it needs of these (a certificate, a key, a setting), the main
 * isolate reads and hands over when the worker starts.
 *
 * Deno lets a worker have no more than the isolate that starts it, which must have all of this.
 *
 * @param module what runs in the isolate
 */
export function workerPermissions(
  { host, port }: { readonly host: string; readonly port: number },
  module: URL,
): Deno.PermissionOptionsObject {
  return {
    net: [`${host.includes(":") ? `[${host}]` : host}:${port}`],
    read: [
      module,
      ...["src/", "static/", "node_modules/"].map((folder) => new URL(folder, PROJECT)),
    ].map((url) => fileURLToPath(url)),
    write: false,
    env: false,
    run: false,
    sys: false,
    ffi: false,
    import: false,
  };
}
