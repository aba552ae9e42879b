import { Hono } from "hono";
import { hostExcerpt } from "../excerpt.ts";
import type { Readable } from "../exposition/exposition.ts";
import type { MetricWriter } from "../metrics.ts";
import { wireFeed } from "../session/frames.ts";
import type { BookView } from "../session/session.ts";
import { Anteroom } from "./anteroom.ts";
import { codingFor } from "./content_coding.ts";
import { candlesApi, type CandleSource } from "./candles_api.ts";
import { apiGuard, type Guarded } from "./api_guard.ts";
import { clientOf } from "./client_address.ts";
import { headerLimit } from "./header_limit.ts";
import { openAnswers } from "./open_answers.ts";
import { answerPiecewise } from "./piecewise_body.ts";
import { pricesApi } from "./prices_api.ts";
import { FrameGuard } from "./frame_guard.ts";
import { Refusals, toldReason } from "./refusals.ts";
import { requestFaults } from "./request_faults.ts";
import { securityHeaders } from "./security_headers.ts";
import type { StaticFile } from "./static_files.ts";
import { ticketApi } from "./ticket_api.ts";
import { type Channels, socketServices } from "./socket_services.ts";
import { routeSpans } from "./traced_requests.ts";
import { isUpgrade } from "./handshake.ts";
import { type HostPolicy, isHostAllowed } from "./host.ts";
import { refusePath, upgrade, type UpgradeContext } from "./upgrade.ts";
import { WorkShare } from "./work_share.ts";

/** What the routes stand on. */
export interface AppContext extends Omit<UpgradeContext, "anteroom" | "refusals" | "frameGuard"> {
  readonly access: UpgradeContext["access"] & HostPolicy;
  readonly view: BookView;
  /** Of one client, for ever. */
  readonly messagesPerSecondMax: number;
  readonly counters: MetricWriter;
  readonly channels: Channels;
  readonly files: ReadonlyMap<string, StaticFile>;
  /** Whether clients can be told apart by their addresses. */
  readonly hasAddresses: boolean;
  /** How long a client may take nothing of an answer. */
  readonly slowClientDeadlineMs: number;
  /** Left out where there is no database behind. */
  readonly candles?: CandleSource | undefined;
  /** What `/metrics` says. */
  readonly exposition: Readable;
  stats(): Record<string, unknown>;
  /** What is wrong with the server that a new process would cure, if anything is. */
  fault(): string | undefined;
}

/** All of the server's routes. Call `fetch(request, {remoteAddr, completed})` with it. */
export function createApp(context: AppContext): Hono<Guarded> {
  const app = new Hono<Guarded>();
  const services = socketServices(context.channels);
  const { doorkeeper } = context;
  const refusals = new Refusals(context.counters);
  const anteroom = new Anteroom({ refusals, verify: doorkeeper.socketToken });
  const frameGuard = new FrameGuard({ ...context, refusals });
  const upgradeContext = { ...context, refusals, anteroom, frameGuard };
  const spans = routeSpans();
  if (spans !== undefined) app.use(spans);
  const { tls, loopback } = context.access;
  // On loopback it would bind every other server of this machine too.
  app.use(securityHeaders({ hasStrictTransport: tls && !loopback }));
  app.use(headerLimit(refusals));
  app.use(async (c, next) => {
    // HTTP/2 names the host elsewhere, and Deno leaves the header out (measured on 2.9.6).
    const host = c.req.header("host") ?? URL.parse(c.req.url)?.host ?? "";
    if (isHostAllowed(host, context.access)) return await next();
    const reason = `Cannot serve ${hostExcerpt(host)}: ` +
      "Host must be this server's address or in ALLOWED_HOSTS";
    const { peer } = clientOf(c.req.raw, c.env.remoteAddr, context.trustedProxies);
    return c.text(`${refusals.note("host", reason, peer)}\n`, 421);
  });
  for (const [path, service] of services) {
    app.all(path, async (c, next) => {
      if (!isUpgrade(c.req.raw)) return await next();
      return upgrade(c.req.raw, c.env.remoteAddr, service, upgradeContext);
    });
  }
  serveHealth(app, context);
  const guard = apiGuard({ ...context, refusals });
  const open = openAnswers({ ...context, refusals });
  const workShare = new WorkShare();
  app.use("/api/*", guard, open);
  app.use("/metrics", guard, open);
  app.get("/metrics", async (c) => {
    const { text, contentType } = await context.exposition.read();
    return answerPiecewise(c, text, contentType);
  });
  app.route("/api", pricesApi({ ...context, workShare }));
  if (context.candles !== undefined) app.route("/api", candlesApi(context.candles, workShare));
  app.route("/api", ticketApi(doorkeeper));
  for (const [path, file] of context.files) app.get(path, (c) => serveFile(c.req.raw, file));
  for (const path of services.keys()) {
    app.all(path, (c) =>
      c.text(
        `Cannot serve ${path} over plain HTTP: must be a WebSocket handshake\n`,
        426,
        { Upgrade: "websocket" },
      ));
  }
  app.notFound((c) => {
    const message = isUpgrade(c.req.raw)
      ? refusePath(c.req.raw, c.env.remoteAddr, upgradeContext)
      // Often it is the method that is wrong.
      : toldReason(`Cannot find this path for ${c.req.method}`);
    return c.json({ error: "not_found", message }, 404);
  });
  app.onError(requestFaults());
  return app;
}

function serveHealth(app: Hono<Guarded>, { fault, view, isDraining }: AppContext): void {
  app.get("/healthz", (c) => {
    const reason = fault();
    return reason === undefined
      ? c.json({ status: "ok" })
      : c.json({ status: "stalled", reason }, 503);
  });
  app.get("/readyz", (c) => {
    const feed = wireFeed(view.feed());
    const status = isDraining() ? "draining" : feed.status;
    // Behind a proxy clients are better told that the feed is down than refused.
    const isDown = status === "down" && c.req.query("exclude") !== "feed";
    return c.json({ status, feed }, status === "draining" || isDown ? 503 : 200);
  });
}

function serveFile(request: Request, file: StaticFile): Response {
  const { contentType, identity, gzip } = file;
  const isZipped = gzip !== undefined &&
    codingFor(request.headers.get("accept-encoding")) === "gzip";
  const { bytes, etag } = isZipped ? gzip : identity;
  const headers = {
    "content-type": contentType,
    "etag": etag,
    "cache-control": "no-cache",
    ...gzip === undefined ? {} : { "vary": "accept-encoding" },
    ...isZipped ? { "content-encoding": "gzip" } : {},
  };
  const known = request.headers.get("if-none-match")?.split(",").map((tag) => tag.trim());
  if (known?.includes(etag)) return new Response(null, { status: 304, headers });
  return new Response(bytes, { headers });
}
