import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { announce, findOnPath, hasApt, isFile, runAptGet, runProgram } from "./apt.ts";

/** The programs of Prometheus that tests use. */
export interface PrometheusPrograms {
  readonly prometheus: string;
  readonly promtool: string;
}

const KEPT_IN = fileURLToPath(new URL("../../.data/prometheus", import.meta.url));

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
  const found = await installed() ?? await unpacked() ?? await unpack();
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
  const [prometheus, promtool] = [`${KEPT_IN}/usr/bin/prometheus`, `${KEPT_IN}/usr/bin/promtool`];
  return await isFile(prometheus) && await isFile(promtool) ? { prometheus, promtool } : undefined;
}

async function unpack(): Promise<PrometheusPrograms | undefined> {
  if (!await hasApt()) return undefined;
  announce("Downloading Prometheus with apt-get, to check alerts and dashboard");
  await Deno.mkdir(dirname(KEPT_IN), { recursive: true });
  const folder = await Deno.makeTempDir({ dir: dirname(KEPT_IN), prefix: "prometheus-" });
  try {
    await runAptGet("download Prometheus", ["update"]);
    await runAptGet("download Prometheus", ["download", "prometheus"], folder);
    const [archive = ""] = [...Deno.readDirSync(folder)].map(({ name }) => name);
    await runProgram("unpack Prometheus", "dpkg-deb", ["--extract", archive, "whole"], folder);
    // In one step: a run that is interrupted leaves nothing that looks like a program.
    await Deno.rename(`${folder}/whole`, KEPT_IN);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return await unpacked();
}
