import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { buildClientPackage } from "../../tools/client_package.ts";

/** What a project of somebody else's has installed beside the client. */
const OTHERS = {
  "@types/node": "22.20.5",
  "@types/ws": "8.18.2",
  esbuild: "0.28.2",
  typescript: "7.0.2",
  ws: "8.23.0",
};
const ROOT = new URL("../../", import.meta.url);

/** A project of somebody else's, who uses the client library as npm brings it, and knows nothing of Deno. */
export class Stranger implements AsyncDisposable {
  /** Its folder; ends with a slash. */
  readonly folder: URL;

  private constructor(folder: URL) {
    this.folder = folder;
  }

  /** Builds and packs the library, and installs it from the file. */
  static async settle(): Promise<Stranger> {
    const folder = new URL(`file://${await Deno.makeTempDir({ prefix: "stranger-" })}/`);
    const stranger = new Stranger(folder);
    await buildClientPackage(new URL("package/", folder));
    await stranger.run("npm", "pack", "--silent", "./package");
    const { version } = await stranger.packageJson();
    const tarball = `file:quotewire-client-${version}.tgz`;
    const dependencies = { ...OTHERS, "@quotewire/client": tarball };
    await stranger.write(
      "package.json",
      JSON.stringify({ name: "stranger", private: true, type: "module", dependencies }),
    );
    const quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"];
    await stranger.run("npm", "install", ...quiet);
    return stranger;
  }

  /** The package.json that the library comes with. */
  async packageJson(): Promise<Record<string, unknown>> {
    return JSON.parse(await Deno.readTextFile(new URL("package/package.json", this.folder)));
  }

  path(name: string): string {
    return fileURLToPath(new URL(name, this.folder));
  }

  async write(name: string, text: string): Promise<void> {
    await Deno.writeTextFile(new URL(name, this.folder), text);
  }

  /** Takes a file of this repository for its own, under its last name. */
  async copy(path: string): Promise<void> {
    await Deno.copyFile(new URL(path, ROOT), new URL(path.replace(/^.*\//, ""), this.folder));
  }

  /** Runs a program in its folder, or one that npm has installed there; fails with what the program says. */
  async run(command: string, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await new Deno.Command(command, {
      args,
      cwd: this.folder,
      env: { NO_COLOR: "1", PATH: `${this.path("node_modules/.bin")}:${Deno.env.get("PATH")}` },
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    const said = decoder.decode(stdout);
    assert.equal(code, 0, `${command} ${args.join(" ")}\n${said}${decoder.decode(stderr)}`);
    return said;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}
