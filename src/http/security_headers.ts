import type { MiddlewareHandler } from "hono";

/**
 * What the pages may do. They are files without inline script or style, and talk to nobody but their own
 * server; `'self'` takes in its WebSockets. No text becomes markup: `require-trusted-types-for` makes
 * the browser refuse what would (`innerHTML` and the like), and no policy may be made that allows it.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** Powerful features that the pages do without, so that nothing that got into them can ask for one. */
const FEATURES_OFF = [
  "camera",
  "display-capture",
  "geolocation",
  "hid",
  "microphone",
  "midi",
  "payment",
  "publickey-credentials-get",
  "screen-wake-lock",
  "serial",
  "usb",
  "xr-spatial-tracking",
];

/** Sent with every response over HTTP; a handshake that succeeds has none of them. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "origin-agent-cluster": "?1",
  "permissions-policy": FEATURES_OFF.map((name) => `${name}=()`).join(", "),
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** Half a year. */
const STRICT_TRANSPORT = `max-age=${15_552_000}`;

/**
 * Adds `SECURITY_HEADERS` to whatever answers, errors included, and keeps answers out of caches that do
 * not say themselves how they may be kept. MUST come before every route.
 *
 * @param options.hasStrictTransport tells browsers to come by https alone; over plain HTTP it means nothing
 */
export function securityHeaders(
  options: { readonly hasStrictTransport: boolean },
): MiddlewareHandler {
  const all = Object.entries(SECURITY_HEADERS);
  if (options.hasStrictTransport) all.push(["strict-transport-security", STRICT_TRANSPORT]);
  return async (c, next) => {
    await next();
    // The response to an upgrade is immutable, and no page.
    if (c.res.status === 101) return;
    for (const [name, value] of all) c.res.headers.set(name, value);
    if (!c.res.headers.has("cache-control")) c.res.headers.set("cache-control", "no-store");
  };
}
