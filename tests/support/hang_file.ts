/** While this file is there, the main isolate of that process hangs, if `faulty_main.ts` was told to. */
export function hangFile(processId: number): string {
  return `.data/hang_${processId}`;
}
