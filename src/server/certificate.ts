import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import type { TlsConfig } from "../config.ts";
import { fileFault } from "../config_file.ts";
import { ConfigError } from "../errors.ts";
import { settingExcerpt } from "../excerpt.ts";
import { logger } from "../log.ts";

/** What `Deno.serve` takes to speak TLS: PEM texts. The key is a secret and never logged. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** From then on clients refuse it; since the unix epoch. */
  readonly expiresAtMs: number;
}

const DAY_MS = 86_400_000;
/** Authorities that renew by themselves do so earlier than that. */
const WARNING_DAYS = 14;

const log = logger("server");

/**
 * Reads certificate and key and makes sure that they can be used now, because `Deno.serve` would say
 * little of what is wrong with them, and of an expired one nothing.
 *
 * @throws {ConfigError} naming every fault of both files
 */
export async function readCertificate(
  { certPath, keyPath }: TlsConfig,
  nowMs = Date.now(),
): Promise<Certificate> {
  const faults: string[] = [];
  const fault = (name: string, rule: string, value: string) => {
    faults.push(`Cannot use ${name}: ${rule}, is ${value}`);
  };
  const cert = await readText("TLS_CERT", certPath, fault);
  const key = await readText("TLS_KEY", keyPath, fault);
  const parsed = cert === undefined ? undefined : parseCertificate(cert, certPath, fault);
  const privateKey = key === undefined ? undefined : parseKey(key, keyPath, fault);
  if (parsed !== undefined) checkDates(parsed, nowMs, fault);
  if (parsed !== undefined && privateKey !== undefined && !parsed.checkPrivateKey(privateKey)) {
    fault("TLS_KEY", "must be the key of the first certificate in TLS_CERT", "another's");
  }
  if (cert === undefined || key === undefined || parsed === undefined || faults.length > 0) {
    throw new ConfigError(faults);
  }
  return { cert, key, expiresAtMs: Date.parse(parsed.validTo) };
}

type Fault = (name: string, rule: string, value: string) => void;

async function readText(name: string, path: string, fault: Fault): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    fault(
      name,
      "must name a file that can be read",
      `${settingExcerpt(path)} (${fileFault(error, path)})`,
    );
    return undefined;
  }
}

function parseCertificate(text: string, path: string, fault: Fault): X509Certificate | undefined {
  try {
    return new X509Certificate(text);
  } catch {
    // What the parser says is of no help to whoever named the wrong file.
    fault("TLS_CERT", "must be a certificate in PEM", settingExcerpt(path));
    return undefined;
  }
}

function parseKey(text: string, path: string, fault: Fault): KeyObject | undefined {
  try {
    return createPrivateKey(text);
  } catch {
    // The parser's words could quote the key.
    fault("TLS_KEY", "must be a private key in PEM without a passphrase", settingExcerpt(path));
    return undefined;
  }
}

function checkDates({ validFrom, validTo }: X509Certificate, nowMs: number, fault: Fault): void {
  const [fromMs, toMs] = [Date.parse(validFrom), Date.parse(validTo)];
  if (nowMs < fromMs) fault("TLS_CERT", "must be valid now", `valid from ${iso(fromMs)} on`);
  if (nowMs > toMs) fault("TLS_CERT", "must be valid now", `expired since ${iso(toMs)}`);
  else if (toMs - nowMs < WARNING_DAYS * DAY_MS) {
    log.warn(
      "The TLS certificate expires at {expiresAt}; a renewed one is read at the next start",
      {
        code: "server_certificate_expires",
        expiresAt: iso(toMs),
      },
    );
  }
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
