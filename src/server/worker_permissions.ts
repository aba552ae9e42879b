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
 * @throws {Deno.errors.NotCapable} for the first file that this isolate may not read itself: Deno's own
 *   error, when it starts the worker, does not say which
 */
export function workerPermissions(
  { host, port }: { readonly host: string; readonly port: number },
  module: URL,
): Deno.PermissionOptionsObject {
  const folders = ["src/", "static/", "node_modules/"].map((folder) => new URL(folder, PROJECT));
  const read = [module, ...folders].map((url) => fileURLToPath(url));
  requireReadable(read);
  return {
    net: [`${host.includes(":") ? `[${host}]` : host}:${port}`],
    read,
    write: false,
    env: false,
    run: false,
    sys: false,
    ffi: false,
    import: false,
  };
}

function requireReadable(paths: readonly string[]): void {
  for (const path of paths) {
    const { state } = Deno.permissions.querySync({ name: "read", path });
    if (state === "granted") continue;
    throw new Deno.errors.NotCapable(`Requires read access to "${path}"`);
  }
}
