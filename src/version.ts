import project from "../deno.json" with { type: "json" };

/** Of Quotewire. Not for workers, which may not read where it is written: they are told. */
export const VERSION: string = project.version;
