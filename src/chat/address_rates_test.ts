import assert from "node:assert/strict";
import { AddressRates } from "./address_rates.ts";

const OPTIONS = { perSecondMax: 100, burstMax: 1000 };

Deno.test("AddressRates.take() gives each address its own, whoever of it asks", () => {
  const rates = new AddressRates(OPTIONS);
  assert.ok(rates.take("here", 600, 0));
  assert.ok(!rates.take("here", 600, 0));
  assert.ok(rates.take("there", 600, 0));
  assert.ok(rates.take("here", 600, 2000));
});

Deno.test("AddressRates.take() forgets addresses that have everything back", () => {
  const rates = new AddressRates(OPTIONS);
  for (let n = 0; n < 100; n += 1) rates.take(`${n}`, 500, 0);
  assert.equal(rates.count, 100);
  rates.take("new", 1, 4999);
  assert.equal(rates.count, 101);
  rates.take("new", 1, 5000);
  assert.equal(rates.count, 1);
});

Deno.test("AddressRates.take() remembers so many addresses and no more, those that took last", () => {
  const rates = new AddressRates(OPTIONS, 3);
  for (const address of ["a", "b", "c"]) rates.take(address, 1000, 0);
  assert.ok(!rates.take("a", 1, 0));
  rates.take("d", 1000, 0);
  assert.equal(rates.count, 3);
  assert.ok(!rates.take("a", 1, 0), "it took after b");
  assert.ok(rates.take("b", 1, 0), "it was forgotten");
});
