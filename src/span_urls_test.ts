import assert from "node:assert/strict";
import { hideQueries } from "./span_urls.ts";

/** Runs with queries hidden in this isolate, and shows them again. */
function withHiddenQueries(run: (reveal: (request: Request) => void) => void): void {
  const own = Object.getOwnPropertyDescriptor(Request.prototype, "url");
  assert.ok(own);
  try {
    run(hideQueries());
  } finally {
    Object.defineProperty(Request.prototype, "url", own);
  }
}

Deno.test("hideQueries() shows each request's URL without what stands behind its path", () => {
  const early = new Request("http://desk.example/ws?ticket=secret");
  withHiddenQueries(() => {
    assert.equal(early.url, "http://desk.example/ws");
    assert.equal(new Request("http://desk.example/a%3Fb?c=d#e").url, "http://desk.example/a%3Fb");
    assert.equal(new Request("http://desk.example/").url, "http://desk.example/");
  });
  assert.equal(early.url, "http://desk.example/ws?ticket=secret");
});

Deno.test("hideQueries() reveals one request, and no other", () => {
  withHiddenQueries((reveal) => {
    const [one, other] = ["1", "2"].map((key) => new Request(`http://desk.example/?key=${key}`));
    assert.ok(one && other);
    reveal(one);
    assert.equal(one.url, "http://desk.example/?key=1");
    assert.equal(other.url, "http://desk.example/");
  });
});
