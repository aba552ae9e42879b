import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { trace } from "@opentelemetry/api";
import { hideQueries } from "../span_urls.ts";
import { openTracing } from "../tracing.ts";

type Handler = Deno.ServeHandler<Deno.NetAddr>;

/**
 * Makes the spans that Deno makes of requests safe to send: without queries. To be called once in an isolate,
 * before it listens. Returns the handler as it is where no spans are made.
 */
export function traceRequests(handler: Handler): Handler {
  if (openTracing("quotewire") === undefined) return handler;
  const reveal = hideQueries();
  return (request, info) => {
    reveal(request);
    return handler(request, info);
  };
}

/** Calls the span of a request by its route: "GET /api/prices". Undefined where no spans are made. */
export function routeSpans(): MiddlewareHandler | undefined {
  if (openTracing("quotewire") === undefined) return undefined;
  return async (c, next) => {
    await next();
    const route = routePath(c, -1);
    // A pattern of those who look at every request: nobody knew this one.
    if (route.includes("*")) return;
    trace.getActiveSpan()?.updateName(`${c.req.method} ${route}`).setAttribute("http.route", route);
  };
}
