/** The way to a request's whole URL, while that of all others is shown without its query. */
export type RevealUrl = (request: Request) => void;

/**
 * Keeps queries out of the spans that Deno makes by itself of each request that comes in or goes out: tickets
 * and keys of APIs stand there. Deno 2.9.6 reads `url` of a request for its span before anybody else has the
 * request, and what a span has been given cannot be taken back (measured: a second value is sent beside the
 * first). So every request of this isolate says its URL without the query, until it is revealed.
 *
 * Only for isolates that make spans, once, before the first request.
 */
export function hideQueries(): RevealUrl {
  const readUrl = Object.getOwnPropertyDescriptor(Request.prototype, "url")?.get;
  if (readUrl === undefined) throw new TypeError("Cannot hide queries: Request must have a url");
  Object.defineProperty(Request.prototype, "url", {
    configurable: true,
    enumerable: true,
    get(this: Request): string {
      const [withoutQuery = ""] = String(readUrl.call(this)).split(/[?#]/, 1);
      return withoutQuery;
    },
  });
  return (request) => {
    Object.defineProperty(request, "url", { value: readUrl.call(request), configurable: true });
  };
}
