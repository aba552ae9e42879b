// The X.509 library wants it loaded first.
import "reflect-metadata";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY_MS = 86_400_000;

/** Files of one server certificate. */
export interface CertificateFiles {
  readonly certPath: string;
  readonly keyPath: string;
}

/** A certificate authority of the test's own, in a folder that goes with it. */
export class Authority implements AsyncDisposable {
  readonly #folder: string;
  readonly #keys: CryptoKeyPair;
  readonly #certificate: x509.X509Certificate;
  #issued = 0;

  private constructor(folder: string, keys: CryptoKeyPair, certificate: x509.X509Certificate) {
    this.#folder = folder;
    this.#keys = keys;
    this.#certificate = certificate;
  }

  static async create(): Promise<Authority> {
    const keys = await newKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: "CN=Quotewire test authority",
      keys,
      signingAlgorithm: ALGORITHM,
      notBefore: new Date(Date.now() - DAY_MS),
      notAfter: new Date(Date.now() + DAY_MS),
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      ],
    });
    const folder = await Deno.makeTempDir({ prefix: "quotewire-test-" });
    const authority = new Authority(folder, keys, certificate);
    await Deno.writeTextFile(authority.path, authority.pem);
    return authority;
  }

  /** What a client has to trust, as a file. */
  get path(): string {
    return join(this.#folder, "authority.pem");
  }

  /** What a client has to trust. */
  get pem(): string {
    return this.#certificate.toString("pem");
  }

  /** Issues a certificate for localhost and 127.0.0.1, and writes it and its key. */
  async issue(
    validity: { fromMs?: number; toMs?: number } = {},
  ): Promise<CertificateFiles> {
    const { fromMs = Date.now() - DAY_MS, toMs = Date.now() + 100 * DAY_MS } = validity;
    const keys = await newKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      subject: "CN=localhost",
      issuer: this.#certificate.subject,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: ALGORITHM,
      notBefore: new Date(fromMs),
      notAfter: new Date(toMs),
      extensions: [
        new x509.BasicConstraintsExtension(false),
        new x509.SubjectAlternativeNameExtension([
          { type: "dns", value: "localhost" },
          { type: "ip", value: "127.0.0.1" },
        ]),
      ],
    });
    this.#issued += 1;
    const certPath = join(this.#folder, `${this.#issued}.pem`);
    const keyPath = join(this.#folder, `${this.#issued}.key`);
    await Deno.writeTextFile(certPath, certificate.toString("pem"));
    await Deno.writeTextFile(keyPath, await privatePem(keys.privateKey));
    return { certPath, keyPath };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}

async function newKeys(): Promise<CryptoKeyPair> {
  return await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

async function privatePem(key: CryptoKey): Promise<string> {
  const bytes = await crypto.subtle.exportKey("pkcs8", key);
  return x509.PemConverter.encode(bytes, "PRIVATE KEY");
}
