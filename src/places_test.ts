import assert from "node:assert/strict";
import { Places } from "./places.ts";

const LIMITS = { placesMax: 3, holderPlacesMax: 2 };

Deno.test("Places.take() lets nobody have more than their share", () => {
  const places = new Places(LIMITS);
  assert.ok(places.take("a"));
  const release = places.take("a");
  assert.equal(places.take("a"), undefined);
  assert.ok(places.take("b"));
  assert.equal(places.take("b"), undefined, "all are taken");
  release?.();
  release?.();
  assert.ok(places.take("a"));
  assert.equal(places.take("c"), undefined, "one that is given back twice counts once");
});

Deno.test("Places.take() counts the sum alone where holders cannot be told apart", () => {
  const places = new Places(LIMITS);
  for (let count = 0; count < 3; count += 1) assert.ok(places.take(undefined));
  assert.equal(places.take(undefined), undefined);
  assert.equal(places.take("a"), undefined);
});
