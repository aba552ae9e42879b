import type { EnvReader } from "./env.ts";

/** Where several servers meet, and how they are let in. */
export interface BackboneConfig {
  /** `HOST:PORT` of each NATS server of one cluster; any that can be had is used. */
  readonly hosts: readonly string[];
  /** Whether nothing is said in clear. */
  readonly tls: boolean;
  /** What the URL says of who we are. A secret: never logged. */
  readonly login: BackboneLogin | undefined;
  /** Path of a `.creds` file of NATS: a JWT and its seed. */
  readonly credentialsFile: string | undefined;
  /** Path of the PEM file of an authority that signed the NATS servers' certificates. */
  readonly authorityFile: string | undefined;
  /** First words of every subject: Quotewires that are to know nothing of each other have different ones. */
  readonly prefix: string;
}

/** What can stand before the `@` of a NATS URL. */
export type BackboneLogin =
  | { readonly kind: "password"; readonly user: string; readonly password: string }
  | { readonly kind: "token"; readonly token: string };

const URL_REGEXP = /^(nats|tls):\/\/(?:([^@/?#]*)@)?([^@/?#]+)\/?$/;
const HOST_REGEXP = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?$/;
const PREFIX_REGEXP = /^[A-Za-z0-9_-]{1,32}(\.[A-Za-z0-9_-]{1,32}){0,3}$/;
const DEFAULT_PORT = 4222;
const HOSTS_MAX = 16;

/** Reads `BACKBONE` and what belongs to it; undefined where this server stands alone. No fault shows a secret. */
export function readBackbone(env: EnvReader): BackboneConfig | undefined {
  const text = env.text("BACKBONE");
  const credentialsFile = env.text("BACKBONE_CREDS_FILE");
  const authorityFile = env.text("BACKBONE_CA_FILE");
  const prefix = env.text("BACKBONE_PREFIX") ?? "quotewire";
  if (!PREFIX_REGEXP.test(prefix)) {
    const rule = "must be 1 to 4 words of letters, digits, _ and -, with dots between";
    env.fault("BACKBONE_PREFIX", rule, prefix);
  }
  if (text === undefined) {
    for (const name of ["BACKBONE_CREDS_FILE", "BACKBONE_CA_FILE"]) {
      if (env.text(name) !== undefined) env.fault(name, "must come with BACKBONE", "alone");
    }
    return undefined;
  }
  const address = parseAddress(text);
  if (address === undefined) {
    // The value itself may hold a password, so the message shows its length alone.
    const rule = "must be nats://HOST:PORT or tls://HOST:PORT, with USER:PASSWORD@ or TOKEN@ " +
      `before the first host if need be, and at most ${HOSTS_MAX} hosts separated by commas`;
    env.fault("BACKBONE", rule, `a text of ${text.length} characters`);
    return undefined;
  }
  if (address.login !== undefined && credentialsFile !== undefined) {
    env.fault("BACKBONE_CREDS_FILE", "must come without a login in BACKBONE", "there beside one");
  }
  return { ...address, credentialsFile, authorityFile, prefix };
}

function parseAddress(
  text: string,
): Pick<BackboneConfig, "hosts" | "tls" | "login"> | undefined {
  const [, scheme, login, list = ""] = URL_REGEXP.exec(text) ?? [];
  if (scheme === undefined) return undefined;
  const hosts = list.split(",").map(parseHost);
  const valid = hosts.filter((host) => host !== undefined);
  if (valid.length !== hosts.length || valid.length > HOSTS_MAX) return undefined;
  const parsed = login === undefined ? undefined : parseLogin(login);
  if (login !== undefined && parsed === undefined) return undefined;
  return { hosts: valid, tls: scheme === "tls", login: parsed };
}

function parseHost(text: string): string | undefined {
  const [, name, port = String(DEFAULT_PORT)] = HOST_REGEXP.exec(text.trim()) ?? [];
  const isPort = Number(port) >= 1 && Number(port) <= 65_535;
  return name === undefined || !isPort ? undefined : `${name}:${Number(port)}`;
}

function parseLogin(text: string): BackboneLogin | undefined {
  const [first = "", ...rest] = text.split(":").map(decoded);
  if (first === undefined || first === "" || rest.length > 1) return undefined;
  const [password] = rest;
  if (rest.length === 0) return { kind: "token", token: first };
  return password === undefined ? undefined : { kind: "password", user: first, password };
}

/** `undefined` where a `%` is not followed by what it should be. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
