import { CHAT_PROTOCOL_JSON } from "../../../src/session/chat_protocol.ts";
import { PRICE_PROTOCOL_DEFLATE, PRICE_PROTOCOL_JSON } from "../../../src/session/protocol.ts";

/** Something to connect to. */
export interface Endpoint {
  readonly name: string;
  /** Path and query on the page's own server. */
  readonly path: string;
  /** Subprotocol to offer; empty for none. */
  readonly protocol: string;
  /** A message that it answers. */
  readonly sample: string;
}

/** Where a typed address leads, or what is wrong with it. */
export type Destination =
  | { readonly ok: true; readonly url: string }
  | { readonly ok: false; readonly fault: string };

/** What the page connects to at first. */
export const ECHO: Endpoint = {
  name: "Echo",
  path: "/echo",
  protocol: "",
  sample: "Hello, echo!",
};

/** What the server offers. */
export const ENDPOINTS: readonly Endpoint[] = [
  ECHO,
  {
    name: "Topic stream",
    path: "/events?topics=random,prices,stats",
    protocol: "",
    sample: "Hello, stream!",
  },
  {
    name: "Chat",
    path: "/chat",
    protocol: CHAT_PROTOCOL_JSON,
    sample: '{"type":"join","id":1,"username":"tester"}',
  },
  { name: "Chat, plain relay", path: "/chat", protocol: "", sample: "Hello, everybody!" },
  {
    name: "Price feed, v1",
    path: "/ws",
    protocol: PRICE_PROTOCOL_JSON,
    sample: '{"type":"subscribe","id":1,"symbols":"*"}',
  },
  {
    name: "Price feed, v1, compressed",
    path: "/ws",
    protocol: PRICE_PROTOCOL_DEFLATE,
    sample: '{"type":"subscribe","id":1,"symbols":"*"}',
  },
  { name: "Price feed, classic", path: "/ws", protocol: "", sample: "/stats" },
  { name: "Price feed, classic, at the root", path: "/", protocol: "", sample: "/stats" },
];

/** Reads an address as a user types it: a path, or a whole URL on the page's own server. */
export function destination(
  typed: string,
  page: Pick<Location, "href" | "protocol" | "host">,
): Destination {
  if (!URL.canParse(typed.trim(), page.href)) {
    return { ok: false, fault: `Cannot connect: must be a path or a URL, is ${typed}` };
  }
  const url = new URL(typed.trim(), page.href);
  if (url.host !== page.host || !/^(https?|wss?):$/.test(url.protocol)) {
    const fault = `Cannot connect: must be on ${page.host}, which alone this page may talk to, is ${
      url.host || url.href
    }`;
    return { ok: false, fault };
  }
  url.protocol = page.protocol === "https:" ? "wss:" : "ws:";
  url.hash = "";
  return { ok: true, url: url.href };
}
