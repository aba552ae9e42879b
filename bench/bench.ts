import { chooseCores, type Cores, describeCommit, describeMachine } from "./machine.ts";
import type { Column, Figure, Run, ScenarioResult, Values, VariantResult } from "./result.ts";
import { type Found, type Tool, Toolchain, type ToolName } from "./toolchain.ts";

/** How thoroughly to measure. */
export interface BenchOptions {
  /** Runs of each variant; the table shows their median. */
  readonly rounds: number;
  /** Shortens everything to this; undefined leaves each scenario its own length. */
  readonly seconds?: number | undefined;
  /** Keeps runs although the machine was busy with other things, for trying things out. */
  readonly noisy?: boolean;
  /** Where progress goes. */
  readonly print: (text: string) => void;
}

/** Marks in a result's setup: it was for trying things out, and no document may quote it. */
export const [SHORTENED, NOISY] = ["shortenedToSeconds", "noisy"] as const;

/** What one run gave. */
export interface Measurement {
  readonly values: Values;
  /** What was wrong: with any of it, the values count for nothing. */
  readonly faults: readonly string[];
}

/** One way of doing what a scenario measures. */
export interface Variant {
  readonly name: string;
  /** Measures it once. What is wrong goes into `faults`; a throw counts as one as well. */
  run(): Promise<Measurement>;
  /** Why it cannot be tried here, if so. */
  readonly notRun?: string | undefined;
  /** Whether the scenario says enough without it. */
  readonly optional?: boolean;
}

/** One question that the benchmark answers. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly columns: readonly Column[];
  measure(bench: Bench): Promise<{
    readonly variants: readonly VariantResult[];
    readonly figures: readonly Figure[];
  }>;
}

/** What scenarios stand on: tools, cores, and the rounds in which variants take turns. */
export class Bench {
  readonly cores: Cores;
  readonly print: (text: string) => void;
  readonly #options: BenchOptions;
  readonly #toolchain = new Toolchain();
  readonly #versions = new Map<string, string>();

  private constructor(options: BenchOptions, cores: Cores) {
    this.#options = options;
    this.cores = cores;
    this.print = options.print;
  }

  static async create(options: BenchOptions): Promise<Bench> {
    return new Bench(options, await chooseCores(options.print));
  }

  get rounds(): number {
    return this.#options.rounds;
  }

  get noisy(): boolean {
    return this.#options.noisy === true;
  }

  /** How long a run lasts, unless the command line says otherwise. */
  seconds(preferred: number): number {
    return this.#options.seconds ?? preferred;
  }

  /** Notes the versions of what it finds for the results. */
  async find(name: ToolName): Promise<Found> {
    const found = await this.#toolchain.find(name);
    if (found.ok) this.noteVersions(found.tool.versions);
    return found;
  }

  /** @throws when the machine does not have it */
  async tool(name: ToolName): Promise<Tool> {
    const found = await this.find(name);
    if (!found.ok) throw new Error(`Cannot use ${name}: ${found.reason}`);
    return found.tool;
  }

  noteVersions(versions: Readonly<Record<string, string>>): void {
    for (const [name, version] of Object.entries(versions)) this.#versions.set(name, version);
  }

  /** Runs every variant once, then every one again: what the machine does meanwhile hits all alike. */
  async takeTurns(variants: readonly Variant[], rounds = this.rounds): Promise<VariantResult[]> {
    const runs = new Map<Variant, Run[]>(variants.map((variant) => [variant, []]));
    for (let round = 1; round <= rounds; round += 1) {
      for (const [variant, done] of runs) {
        if (variant.notRun !== undefined) continue;
        this.print(`  round ${round} of ${rounds}: ${variant.name}`);
        const { values, faults } = await attempt(variant);
        for (const fault of faults) this.print(`    FAULT: ${fault}`);
        done.push({ round, values, faults: [...faults] });
      }
    }
    return [...runs].map(([{ name, notRun, optional }, done]) => ({
      name,
      runs: done,
      ...(notRun === undefined ? {} : { notRun }),
      ...(optional === undefined ? {} : { optional }),
    }));
  }

  /** Measures one scenario. */
  async run(scenario: Scenario): Promise<ScenarioResult> {
    this.#versions.clear();
    this.noteVersions({ deno: Deno.version.deno });
    const { variants, figures } = await scenario.measure(this);
    const { seconds } = this.#options;
    return {
      name: scenario.name,
      title: scenario.title,
      date: new Date().toISOString().slice(0, 16),
      commit: await describeCommit(),
      machine: await describeMachine(),
      versions: Object.fromEntries(this.#versions),
      setup: {
        rounds: this.rounds,
        server: this.cores.server === undefined ? "not pinned" : `core ${this.cores.server}`,
        others: this.cores.others === undefined ? "not pinned" : `cores ${this.cores.others}`,
        ...(seconds === undefined ? {} : { [SHORTENED]: seconds }),
        ...(this.noisy ? { [NOISY]: "yes" } : {}),
      },
      columns: [...scenario.columns],
      variants: [...variants],
      figures: [...figures],
    };
  }
}

async function attempt(variant: Variant): Promise<Measurement> {
  try {
    return await variant.run();
  } catch (error) {
    return { values: {}, faults: [error instanceof Error ? error.message : String(error)] };
  }
}
