const HOSTS_REGEXP = /^(postgres(?:ql)?:\/\/(?:[^@/?]*@)?)([^/?]+)(.*)$/;

/**
 * Takes a Postgres URL apart. It may name several hosts, separated by commas, of which any that can be
 * had is used: `postgres://user:password@a:5432,b:5432/name`. Returns one URL for each host, or
 * `undefined` when any of them cannot be read.
 */
export function databaseUrls(text: string): readonly URL[] | undefined {
  const [, before, hosts = "", after] = HOSTS_REGEXP.exec(text) ?? [];
  const urls = hosts.split(",").map((host) => host && URL.parse(`${before}${host}${after}`));
  const valid = urls.filter((url) => url instanceof URL);
  return valid.length === urls.length ? valid : undefined;
}
