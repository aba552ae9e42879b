import { findOnPath } from "./apt.ts";
import { unpackedPrograms } from "./unpacked_package.ts";

/** The programs of Prometheus that tests use. */
export interface PrometheusPrograms {
  readonly prometheus: string;
  readonly promtool: string;
}

let programs: Promise<PrometheusPrograms> | undefined;

/**
 * Paths of `prometheus` and `promtool`. Where there are none, the distribution's package is unpacked below
 * `.data`, and not installed: that would start a Prometheus for the whole machine.
 *
 * @throws {Error} that says what to install when they cannot be had
 */
export function prometheusPrograms(): Promise<PrometheusPrograms> {
  return programs ??= findPrograms();
}

async function findPrograms(): Promise<PrometheusPrograms> {
  const found = await installed() ?? await unpacked();
  if (found !== undefined) return found;
  throw new Error(
    "Cannot check alerts and dashboard: must have prometheus and promtool on PATH, found none. " +
      "Install them (Debian, Ubuntu: apt-get install prometheus; macOS: brew install prometheus)",
  );
}

async function installed(): Promise<PrometheusPrograms | undefined> {
  const prometheus = await findOnPath(["prometheus"]);
  const promtool = await findOnPath(["promtool"]);
  return prometheus === undefined || promtool === undefined ? undefined : { prometheus, promtool };
}

async function unpacked(): Promise<PrometheusPrograms | undefined> {
  const programs = ["usr/bin/prometheus", "usr/bin/promtool"];
  const paths = await unpackedPrograms({ title: "Prometheus", name: "prometheus", programs });
  const [prometheus, promtool] = paths ?? [];
  return prometheus === undefined || promtool === undefined ? undefined : { prometheus, promtool };
}
