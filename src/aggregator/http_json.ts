import { errorText } from "../errors.ts";
import { readResponseText } from "../response_text.ts";

/** An answer to a GET request. */
export interface JsonAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed document when the status is 200, otherwise `undefined`; not validated. */
  readonly body: unknown;
}

/** How to ask. */
export interface JsonRequest {
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Blotted out of every error text. */
  readonly secret: string;
  /** For the whole exchange, body included. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

const BODY_BYTES_MAX = 65_536;
const UPSTREAM_TEXT_MAX = 200;

/**
 * Fetches one JSON document. Redirects are not followed, because they could carry the key elsewhere.
 *
 * @throws {Error} naming the host and the reason, never the key, when no complete answer came in time,
 * or when one with status 200 is not JSON of at most 64 KiB
 */
export async function getJson(request: JsonRequest): Promise<JsonAnswer> {
  const abort = new AbortController();
  const stop = () => abort.abort(new Error("the aggregator stops"));
  if (request.signal.aborted) stop();
  request.signal.addEventListener("abort", stop, { once: true });
  const timer = setTimeout(() => {
    abort.abort(new Error(`must answer within ${request.deadlineMs} ms, has not`));
  }, request.deadlineMs);
  try {
    const response = await fetch(request.url, {
      headers: { accept: "application/json", ...request.headers },
      redirect: "manual",
      signal: abort.signal,
    });
    const { status, headers } = response;
    if (status !== 200) {
      await response.body?.cancel();
      return { status, headers, body: undefined };
    }
    return { status, headers, body: JSON.parse(await readResponseText(response, BODY_BYTES_MAX)) };
  } catch (error) {
    // The reason of a network error is its cause. It quotes the URL, and the URL may hold the key.
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    const reason = errorText(cause).replaceAll(request.url.href, request.url.origin);
    throw new Error(`Cannot ask ${request.url.host}: ${upstreamText(reason, request.secret)}`);
  } finally {
    clearTimeout(timer);
    request.signal.removeEventListener("abort", stop);
  }
}

/**
 * Makes a text from outside fit for a log line: without the secret, without control characters, not
 * longer than 200 characters.
 */
export function upstreamText(text: string, secret: string): string {
  let clean = text;
  if (secret !== "") {
    clean = clean.replaceAll(secret, "***").replaceAll(encodeURIComponent(secret), "***");
  }
  clean = clean.replaceAll(/\p{Cc}+/gu, " ").trim();
  return clean.length > UPSTREAM_TEXT_MAX ? `${clean.slice(0, UPSTREAM_TEXT_MAX)}…` : clean;
}
