import assert from "node:assert/strict";
import { isIP } from "node:net";
import fc from "fast-check";
import * as v from "valibot";
import { AddressSet, readAddress, subscriberOf } from "../../src/address.ts";
import { readFlags } from "../../src/commands/flags.ts";
import { databaseUrls } from "../../src/database_url.ts";
import { ConfigError } from "../../src/errors.ts";
import { excerpt, withoutLongWords } from "../../src/excerpt.ts";
import { codingFor } from "../../src/http/content_coding.ts";
import { isHostAllowed } from "../../src/http/host.ts";
import { readStored } from "../../static/app/board/stored.ts";

const aText = fc.string({ unit: "binary", maxLength: 60 });
const anAddress = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.ipV4().map((address) => `::ffff:${address}`),
);
/** Addresses as they stand in headers and settings, and what looks like one. */
const anAddressOrSo = fc.oneof(
  anAddress,
  aText,
  anAddress.map((address) => `[${address}]:80`),
  anAddress.map((address) => `${address}%eth0`),
  fc.tuple(anAddress, fc.nat(200)).map(([address, bits]) => `${address}/${bits}`),
  fc.stringMatching(/^[0-9a-f:.%[\]]{0,45}$/),
);

Deno.test("readAddress() reads an address in whatever dress, and nothing else", () => {
  fc.assert(fc.property(anAddressOrSo, (text) => {
    const address = readAddress(text);
    assert.ok(address === undefined || isIP(address) > 0);
    if (address !== undefined) assert.equal(readAddress(address), address);
    assert.equal(subscriberOf(subscriberOf(text)), subscriberOf(text));
  }));
  fc.assert(fc.property(anAddress, (address) => {
    const read = readAddress(address);
    assert.ok(read !== undefined);
    assert.equal(readAddress(`[${address}]:8080`), read);
    assert.ok(new AddressSet([address]).has(read));
  }));
});

// An address with a zone passed the check of the setting, and ended the start with an error of Node's.
Deno.test("AddressSet takes what it says that it takes, and has nothing that is no address", () => {
  fc.assert(fc.property(anAddressOrSo, aText, (word, text) => {
    if (!AddressSet.isWord(word)) {
      assert.throws(() => new AddressSet([word]), RangeError);
      return;
    }
    const set = new AddressSet([word]);
    if (readAddress(text) === undefined) assert.equal(set.has(text), false);
  }));
});

Deno.test("isHostAllowed() takes no host on loopback but addresses, localhost and those listed", () => {
  const hosts = fc.oneof(aText, fc.domain(), anAddressOrSo, fc.webAuthority());
  fc.assert(fc.property(hosts, (host) => {
    const isAllowed = isHostAllowed(host, { loopback: true, allowedHosts: ["prices.example"] });
    if (!isAllowed) return;
    const { hostname } = new URL(`http://${host}`);
    const name = hostname.replace(/^\[|\]$/g, "");
    assert.ok(isIP(name) > 0 || /(^|\.)localhost$/.test(name) || name === "prices.example", host);
  }));
});

Deno.test("codingFor() compresses for nobody who does not ask for it, whatever the header", () => {
  const weights = fc.oneof(aText, fc.double().map((weight) => `gzip;q=${weight}`));
  fc.assert(fc.property(fc.array(weights), (items) => {
    const header = items.join(",");
    const coding = codingFor(header);
    assert.ok(coding === "gzip" || coding === "identity");
    if (!/gzip|\*/i.test(header)) assert.equal(coding, "identity");
  }));
});

Deno.test("databaseUrls() gives a URL for each host, or none at all", () => {
  const hosts = fc.array(fc.oneof(fc.domain(), fc.ipV4(), aText), { minLength: 1, maxLength: 4 });
  const texts = hosts.map((names) => `postgres://user:secret@${names.join(",")}/prices`);
  fc.assert(fc.property(fc.oneof(texts, aText), (text) => {
    const urls = databaseUrls(text);
    for (const url of urls ?? []) assert.match(url.protocol, /^postgres(ql)?:$/);
    assert.ok(urls === undefined || urls.length > 0);
  }));
  const domains = fc.array(fc.domain(), { minLength: 1, maxLength: 4 });
  fc.assert(fc.property(domains, (names) => {
    const urls = databaseUrls(`postgres://user:secret@${names.join(",")}/prices`);
    assert.deepEqual(
      urls?.map(({ hostname }) => hostname.toLowerCase()),
      names.map((n) => n.toLowerCase()),
    );
  }));
});

Deno.test("readFlags() gives what was given, or says in one error what cannot be", () => {
  const words = fc.oneof(aText, fc.constantFrom("--seed", "--once", "--seed=1", "--", "-1"));
  fc.assert(fc.property(fc.array(words), (args) => {
    try {
      const { seed, once } = readFlags("simulate", args, { seed: "string", once: "boolean" });
      assert.ok(seed === undefined || args.some((word) => word.endsWith(seed)));
      assert.ok(once === undefined || args.includes("--once"));
    } catch (error) {
      assert.ok(error instanceof ConfigError);
    }
  }));
});

Deno.test("readStored() gives what fits the schema, and sets aside what does not", () => {
  const schema = v.object({ view: v.picklist(["cards", "table"]), lists: v.array(v.string()) });
  fc.assert(fc.property(fc.oneof(aText, fc.json()), (text) => {
    const storage = { getItem: () => text, setItem() {}, removeItem() {} };
    const stored = readStored(storage, "settings", schema);
    if (stored.kind === "read") v.assert(schema, stored.value);
    else assert.deepEqual(stored, { kind: "unreadable", text });
  }));
});

Deno.test("excerpt() is short JSON without a word that could be a token", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 3000 }), (text) => {
    const shown = excerpt(text);
    assert.ok(JSON.parse(shown.replace(/…$/, "")).length <= 64);
    assert.doesNotMatch(withoutLongWords(text), /[A-Za-z0-9_~-]{16}/);
  }));
});
