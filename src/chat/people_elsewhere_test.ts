import assert from "node:assert/strict";
import { PeopleElsewhere, type PersonElsewhere } from "./people_elsewhere.ts";

function person(
  ref: string,
  username: string,
  more: Partial<PersonElsewhere> = {},
): PersonElsewhere {
  return { room: "lobby", ref, username, claim: "1", server: "a", ...more };
}

Deno.test("PeopleElsewhere.holder() finds who has had a name for longest, in whatever case", () => {
  const people = new PeopleElsewhere();
  people.put(person("1", "Ada", { claim: "2" }));
  people.put(person("2", "ada", { claim: "1", server: "b" }));
  assert.equal(people.holder("lobby", "ADA")?.ref, "2");
  people.remove("lobby", "2");
  assert.equal(people.holder("lobby", "ada")?.ref, "1");
  assert.equal(people.holder("other", "ada"), undefined);
});

Deno.test("PeopleElsewhere.put() renames somebody who is there, and frees the old name", () => {
  const people = new PeopleElsewhere();
  people.put(person("1", "ada"));
  people.put(person("1", "grace"));
  assert.equal(people.count("lobby"), 1);
  assert.equal(people.holder("lobby", "ada"), undefined);
  assert.deepEqual([...people.in("lobby")].map(({ username }) => username), ["grace"]);
});

Deno.test("PeopleElsewhere.remove() returns who is gone, once", () => {
  const people = new PeopleElsewhere();
  people.put(person("1", "ada"));
  assert.equal(people.remove("lobby", "1")?.username, "ada");
  assert.equal(people.remove("lobby", "1"), undefined);
  assert.equal(people.total, 0);
});

Deno.test("PeopleElsewhere.on() lists the people of one server, in all rooms", () => {
  const people = new PeopleElsewhere();
  people.put(person("1", "ada"));
  people.put(person("1", "ada", { room: "other" }));
  people.put(person("2", "grace", { server: "b" }));
  assert.deepEqual([...people.on("a")].map(({ room }) => room).toSorted(), ["lobby", "other"]);
});
