import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { announce, hasApt, isFile, runAptGet, runProgram } from "./apt.ts";

/** A package of the distribution's that is unpacked and not installed: that would start its service for the whole machine. */
export interface UnpackedPackage {
  /** What it is called in messages: "Prometheus". */
  readonly title: string;
  /** Debian's name. */
  readonly name: string;
  /** Paths inside it of the programs that are wanted. */
  readonly programs: readonly string[];
}

/** Paths of a package's programs, which are fetched below `.data` where need be; `undefined` without apt. */
export async function unpackedPrograms(
  wanted: UnpackedPackage,
): Promise<readonly string[] | undefined> {
  const { title, name, programs } = wanted;
  const keptIn = fileURLToPath(new URL(`../../.data/${name}`, import.meta.url));
  const paths = programs.map((path) => `${keptIn}/${path}`);
  const areThere = async () => (await Promise.all(paths.map(isFile))).every((is) => is);
  if (await areThere()) return paths;
  if (!await hasApt()) return undefined;
  announce(`Downloading ${title} with apt-get, for the tests`);
  await Deno.mkdir(dirname(keptIn), { recursive: true });
  const folder = await Deno.makeTempDir({ dir: dirname(keptIn), prefix: `${name}-` });
  try {
    await runAptGet(`download ${title}`, ["update"]);
    await runAptGet(`download ${title}`, ["download", name], folder);
    const [archive = ""] = [...Deno.readDirSync(folder)].map((entry) => entry.name);
    await runProgram(`unpack ${title}`, "dpkg-deb", ["--extract", archive, "whole"], folder);
    // In one step: a run that is interrupted leaves nothing that looks like a program.
    await Deno.rename(`${folder}/whole`, keptIn);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return await areThere() ? paths : undefined;
}
