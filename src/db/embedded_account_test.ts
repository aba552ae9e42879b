import assert from "node:assert/strict";
import { join } from "node:path";
import { canEnter, canRead } from "./embedded_account.ts";

const STRANGER = { uid: 64_001, gid: 64_001 };

interface Tree extends AsyncDisposable {
  readonly outer: string;
  readonly inner: string;
  readonly file: string;
}

/** outer/inner/file, all of it open to everybody. */
async function tree(): Promise<Tree> {
  const outer = await Deno.makeTempDir({ prefix: "quotewire-account-" });
  const inner = join(outer, "inner");
  const file = join(inner, "file");
  await Deno.mkdir(inner);
  await Deno.writeTextFile(file, "");
  await Deno.chmod(outer, 0o755);
  await Deno.chmod(inner, 0o755);
  await Deno.chmod(file, 0o644);
  return {
    outer,
    inner,
    file,
    [Symbol.asyncDispose]: () => Deno.remove(outer, { recursive: true }),
  };
}

Deno.test("canEnter() and canRead() allow what is open to everybody", async () => {
  await using paths = await tree();
  assert.equal(await canEnter(paths.inner, STRANGER), true);
  assert.equal(await canRead(paths.file, STRANGER), true);
});

Deno.test("canEnter() and canRead() refuse what lies below a closed folder", async () => {
  await using paths = await tree();
  await Deno.chmod(paths.outer, 0o700);
  assert.equal(await canEnter(paths.inner, STRANGER), false);
  assert.equal(await canRead(paths.file, STRANGER), false);
});

Deno.test("canEnter() needs no right to list a folder", async () => {
  await using paths = await tree();
  await Deno.chmod(paths.outer, 0o711);
  assert.equal(await canEnter(paths.inner, STRANGER), true);
});

Deno.test("canRead() needs the right to list a folder", async () => {
  await using paths = await tree();
  await Deno.chmod(paths.inner, 0o711);
  assert.equal(await canRead(paths.inner, STRANGER), false);
});

Deno.test("canRead() goes by the group's bits for a member of the group", async () => {
  await using paths = await tree();
  await Deno.chmod(paths.file, 0o604);
  const { gid } = await Deno.stat(paths.file);
  assert.equal(await canRead(paths.file, { uid: STRANGER.uid, gid: gid ?? 0 }), false);
  assert.equal(await canRead(paths.file, STRANGER), true);
});

Deno.test("canEnter() and canRead() look at where a symlink leads", async () => {
  await using paths = await tree();
  const link = join(paths.outer, "link");
  await Deno.symlink(paths.file, link);
  await Deno.chmod(paths.file, 0o600);
  assert.equal(await canRead(link, STRANGER), false);
});
