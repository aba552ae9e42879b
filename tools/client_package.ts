/**
 * Builds the client library as an npm package, in a folder that `npm pack` and `npm publish` take:
 *
 *   deno task client:build
 *
 * `deno pack` does the work: JavaScript and declarations from the same modules that go to JSR, named in
 * src/deno.json. Added here is what npm's readers want and `deno pack` does not know of.
 */
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { runProgram } from "./run_program.ts";

const ROOT = new URL("../", import.meta.url);
const FOLDER = new URL("dist/client/", ROOT);

/** Node.js from here on has everything but a WebSocket: `deflate-raw` in its DecompressionStream came with 20.12. */
const NODE_VERSIONS = ">=20.12";

/**
 * Writes the package to `folder`, in the place of what was there.
 *
 * @throws {Error} when it cannot be packed
 */
export async function buildClientPackage(folder: URL = FOLDER): Promise<void> {
  await removeFolder(folder);
  await Deno.mkdir(folder, { recursive: true });
  const tarball = await Deno.makeTempFile({ suffix: ".tgz" });
  try {
    const cwd = fileURLToPath(new URL("src/", ROOT));
    const pack = ["pack", "--quiet", "--allow-dirty", "--no-source-maps", "-o", tarball];
    await runProgram(Deno.execPath(), { cwd, args: pack });
    const unpack = ["-xzf", tarball, "--strip-components=1", "-C", fileURLToPath(folder)];
    await runProgram("tar", { cwd, args: unpack });
  } finally {
    await Deno.remove(tarball);
  }
  // The README that JSR finds where it is belongs in front of an npm package.
  await Deno.rename(new URL("client/README.md", folder), new URL("README.md", folder));
  await Deno.copyFile(new URL("LICENSE", ROOT), new URL("LICENSE", folder));
  await describe(new URL("package.json", folder));
}

/** Completes a package.json that `deno pack` has written. */
async function describe(file: URL): Promise<void> {
  const packed = v.parse(
    v.record(v.string(), v.unknown()),
    JSON.parse(await Deno.readTextFile(file)),
  );
  const described = {
    ...packed,
    description: "Live prices and chat from a Quotewire server, for browsers and Node.js",
    keywords: ["websocket", "realtime", "prices", "quotes", "quotewire"],
    engines: { node: NODE_VERSIONS },
    sideEffects: false,
  };
  await Deno.writeTextFile(file, `${JSON.stringify(described, null, 2)}\n`);
}

async function removeFolder(folder: URL): Promise<void> {
  try {
    await Deno.remove(folder, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

if (import.meta.main) await buildClientPackage();
