import { registerHooks, stripTypeScriptTypes } from "node:module";

/** A mistake that somebody could make in the source. */
export interface PlantedMistake {
  readonly mistake: string;
  /** Below `src/`. */
  readonly file: string;
  /** A piece of the file that is there once, and what stands in its place. */
  readonly right: string;
  readonly wrong: string;
}

const PROJECT = new URL("../../", import.meta.url).href;

/**
 * The simulation on a source with a mistake in it. Everything that it imports is loaded once more, under
 * URLs of its own, and one file is changed on the way; nothing is written, and nobody else meets it.
 *
 * @throws {Error} when the file does not have the piece once, or is not a part of the simulation
 */
export async function plant(
  { file, right, wrong }: PlantedMistake,
): Promise<typeof import("./simulation.ts")> {
  const mark = `?planted=${crypto.randomUUID()}`;
  const place = `${PROJECT}src/${file}`;
  const pieces = (await Deno.readTextFile(new URL(place))).split(right);
  if (pieces.length !== 2) {
    const times = pieces.length - 1;
    throw new Error(`Cannot plant in ${file}: must have it once, has it ${times} times: ${right}`);
  }
  let isPlanted = false;
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      const isOurs = context.parentURL?.endsWith(mark) === true &&
        resolved.url.startsWith(PROJECT) && !resolved.url.includes("/node_modules/");
      return isOurs ? { ...resolved, url: resolved.url + mark } : resolved;
    },
    load(url, context, next) {
      if (url !== place + mark) return next(url, context);
      isPlanted = true;
      const source = stripTypeScriptTypes(pieces.join(wrong));
      return { format: "module", source, shortCircuit: true };
    },
  });
  try {
    const simulation = await import(`${PROJECT}tests/simulation/simulation.ts${mark}`);
    if (!isPlanted) throw new Error(`Cannot plant in ${file}: must be a part of the simulation`);
    return simulation;
  } finally {
    hooks.deregister();
  }
}
