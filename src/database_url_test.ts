import assert from "node:assert/strict";
import { databaseUrls } from "./database_url.ts";

Deno.test("databaseUrls() reads one host or several", () => {
  const hosts = (text: string) => databaseUrls(text)?.map(({ host }) => host);
  assert.deepEqual(hosts("postgres://u:p@a:5432/db"), ["a:5432"]);
  assert.deepEqual(hosts("postgresql://u:p@a:1,b:2,[::1]:3/db?sslmode=require"), [
    "a:1",
    "b:2",
    "[::1]:3",
  ]);
});

Deno.test("databaseUrls() keeps what all hosts share", () => {
  const [first, second] = databaseUrls("postgres://u:p,w@a,b/db?x=1") ?? [];
  assert.equal(first?.href, "postgres://u:p,w@a/db?x=1");
  assert.equal(second?.href, "postgres://u:p,w@b/db?x=1");
});

Deno.test("databaseUrls() refuses what is no Postgres URL", () => {
  for (
    const text of ["", "mysql://h/db", "postgres://", "postgres://a,/db", "postgres://a:x,b/db"]
  ) {
    assert.equal(databaseUrls(text), undefined, text);
  }
});
