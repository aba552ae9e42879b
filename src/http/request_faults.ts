import type { ErrorHandler } from "hono";
import { faultEntries } from "../errors.ts";
import { FEW_LINES, LineLimit } from "../line_limit.ts";
import { logger } from "../log.ts";

const PATH_CHARACTERS_MAX = 200;

const log = logger("http");

/** What becomes of a request whose answer threw: 500, and now and then a line in the log. */
export function requestFaults(): ErrorHandler {
  const lines = new LineLimit({ log, level: "error", of: "http_request_failed", ...FEW_LINES });
  return (error, c) => {
    if (lines.take()) {
      log.error("Request failed: {reason}", {
        code: "http_request_failed",
        path: c.req.path.slice(0, PATH_CHARACTERS_MAX),
        ...faultEntries(error),
      });
    }
    return c.json({ error: "server_fault", message: "Cannot answer: the server failed" }, 500);
  };
}
