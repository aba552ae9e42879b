import { type ConnectionOptions, credsAuthenticator } from "@nats-io/nats-core";
import type { BackboneConfig } from "../backbone_config.ts";
import { fileFault } from "../config_file.ts";
import { ConfigError } from "../errors.ts";
import { settingExcerpt } from "../excerpt.ts";

/**
 * What the client is to be told for each of the hosts.
 *
 * @throws {ConfigError} when a file cannot be used
 */
export async function connectionOptions(
  { hosts, tls, login, credentialsFile, authorityFile }: BackboneConfig,
  name: string,
): Promise<readonly ConnectionOptions[]> {
  const credentials = await readSetting("BACKBONE_CREDS_FILE", credentialsFile);
  const authority = await readSetting("BACKBONE_CA_FILE", authorityFile);
  const shared: ConnectionOptions = {
    name,
    ...(login?.kind === "password" && { user: login.user, pass: login.password }),
    ...(login?.kind === "token" && { token: login.token }),
    ...(credentials && { authenticator: authenticator(credentials) }),
    ...((tls || authority) &&
      { tls: authority ? { ca: new TextDecoder().decode(authority) } : {} }),
    ignoreClusterUpdates: true,
  };
  return hosts.map((host) => ({ ...shared, servers: host }));
}

/** @throws {ConfigError} when the file is none of NATS' credentials */
function authenticator(credentials: Uint8Array): NonNullable<ConnectionOptions["authenticator"]> {
  const text = new TextDecoder().decode(credentials);
  if (!/BEGIN NATS USER JWT/.test(text) || !/BEGIN USER NKEY SEED/.test(text)) {
    const rule = "must be a .creds file with a JWT and a seed, is something else";
    throw new ConfigError([`Cannot use BACKBONE_CREDS_FILE: ${rule}`]);
  }
  return credsAuthenticator(credentials);
}

async function readSetting(
  name: string,
  path: string | undefined,
): Promise<Uint8Array | undefined> {
  if (path === undefined) return undefined;
  try {
    return await Deno.readFile(path);
  } catch (error) {
    const value = `${settingExcerpt(path)} (${fileFault(error, path)})`;
    throw new ConfigError([`Cannot use ${name}: must name a file that can be read, is ${value}`]);
  }
}
