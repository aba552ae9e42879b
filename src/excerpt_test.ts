import assert from "node:assert/strict";
import {
  excerpt,
  hostExcerpt,
  settingExcerpt,
  withoutLongWords,
  withoutSetting,
} from "./excerpt.ts";

// A token that was shown as a topic, a room or an origin stood in the log, whole or its first 64 characters.
Deno.test("excerpt() quotes no word that could be a token", () => {
  assert.equal(excerpt("0123456789abcdef"), '"[16 characters]"');
  assert.equal(
    excerpt("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.abc"),
    '"[20 characters].[18 characters].abc"',
  );
  assert.equal(excerpt("a desk of prices, 0123456789abcde"), '"a desk of prices, 0123456789abcde"');
});

Deno.test("excerpt() leaves no part of a token where it cuts", () => {
  for (let blanks = 0; blanks < 80; blanks += 1) {
    const shown = excerpt(" ".repeat(blanks) + "s3cret".repeat(8));
    assert.ok(!shown.includes("s3cret"), shown);
  }
});

Deno.test("excerpt() is short, and quotes what it shows as JSON does", () => {
  assert.equal(excerpt('say "no"'), '"say \\"no\\""');
  assert.equal(excerpt("a b ".repeat(100)), `"${"a b ".repeat(16)}"…`);
});

Deno.test("hostExcerpt() shows a host, and none that could be a token", () => {
  assert.equal(
    hostExcerpt("https://the-prices-of-our-desk.example.com:8443"),
    "https://the-prices-of-our-desk.example.com:8443",
  );
  assert.equal(hostExcerpt(`http://${"a1".repeat(24)}`), "http://[48 characters]");
  assert.equal(hostExcerpt("a.".repeat(100)), `${"a.".repeat(32)}…`);
});

Deno.test("withoutLongWords() leaves what is no word of a token", () => {
  assert.equal(
    withoutLongWords("日本語の名前はとても長いですよね、本当に"),
    "日本語の名前はとても長いですよね、本当に",
  );
});

// A token, a JWK or a private key that stood in the wrong setting was quoted whole by a start that was refused.
Deno.test("settingExcerpt() tells the length of what could be a secret", () => {
  const key = "MC4CAQAwBQYDK2VwBCIEIGVy+kc/Zm9v/2Jhcg==";
  const pem = `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----`;
  assert.equal(settingExcerpt(pem), `a text of ${pem.length} characters`);
  const line = pem.replaceAll("\n", " ");
  assert.equal(settingExcerpt(line), `a text of ${line.length} characters`);
  assert.equal(settingExcerpt("a b".repeat(43)), "a text of 129 characters");
  assert.equal(settingExcerpt(`/etc/${"0f".repeat(24)}`), "/etc/[48 characters]");
  const jwk = `{"d":"${"A-_9".repeat(10)}abc"}`;
  assert.equal(settingExcerpt(jwk), '{"d":"[43 characters]"}');
});

Deno.test("settingExcerpt() leaves short values and paths as they are", () => {
  const values = ["99999", "8 080", "0.0.0.0", "/etc/letsencrypt/live/feed.example/privkey.pem"];
  assert.deepEqual(values.map(settingExcerpt), values);
});

Deno.test("withoutSetting() shows a setting that is quoted again as settingExcerpt() does", () => {
  assert.equal(
    withoutSetting("No such file (os error 2): readfile 'a\n$&'", "a\n$&"),
    "No such file (os error 2): readfile 'a text of 4 characters'",
  );
  const folder = "0f".repeat(24);
  assert.equal(
    withoutSetting(`Not a directory: mkdir '/srv/${folder}'`, `/srv/${folder}/data`),
    "Not a directory: mkdir '/srv/[48 characters]'",
  );
});
