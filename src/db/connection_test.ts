import assert from "node:assert/strict";
import { SetupError } from "../errors.ts";
import { errorCode, explainConnectionError } from "./connection.ts";

const URL_WITH_PASSWORD = "postgres://anna:secret@db.example:5433/prices";

function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

Deno.test("explainConnectionError() says how to start a Postgres that does not run", () => {
  const refused = failure("ECONNREFUSED", "connect ECONNREFUSED 10.0.0.1:5433");
  const explained = explainConnectionError(refused, URL_WITH_PASSWORD);
  assert.ok(explained instanceof SetupError);
  assert.equal(
    explained.message,
    "Cannot use Postgres at db.example:5433: connect ECONNREFUSED 10.0.0.1:5433. Is it running? " +
      'Start it with "docker compose up -d", or set DATABASE_URL.',
  );
});

for (const code of ["ENOTFOUND", "CONNECT_TIMEOUT", "57P03", "28P01", "3D000", "53300"]) {
  Deno.test(`explainConnectionError() has advice for ${code} and keeps the password to itself`, () => {
    const explained = explainConnectionError(failure(code, "no"), URL_WITH_PASSWORD);
    assert.ok(explained instanceof SetupError);
    assert.doesNotMatch(explained.message, /secret/);
  });
}

Deno.test("explainConnectionError() returns an error that is not about connecting as it is", () => {
  const error = failure("42601", "syntax error");
  assert.equal(explainConnectionError(error, URL_WITH_PASSWORD), error);
});

// A name with an IPv4 and an IPv6 address gives one error for each.
Deno.test("errorCode() looks into an AggregateError", () => {
  assert.equal(errorCode(new AggregateError([failure("ECONNREFUSED", "no")])), "ECONNREFUSED");
});
