/** What is used of Papa Parse, which brings no types of its own. */
declare const Papa: {
  /** Reads CSV without headings; never throws for what the text holds. */
  parse(
    csv: string,
    options: {
      /** Empty to find it out. */
      readonly delimiter: string;
      readonly skipEmptyLines: "greedy";
    },
  ): {
    readonly data: readonly (readonly string[])[];
    /** `row` counts from 0. */
    readonly errors: readonly { readonly type: string; readonly row?: number }[];
  };
  /** Writes CSV; a value that `escapeFormulae` matches gets a quote in front. */
  unparse(
    table: { readonly fields: readonly string[]; readonly data: readonly (readonly string[])[] },
    options: { readonly escapeFormulae: RegExp },
  ): string;
};
export default Papa;
