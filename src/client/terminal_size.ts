import type { BoardSize } from "./terminal_board.ts";

/** Of the terminal on standard output. Those that do not know theirs, as some in containers, say 0. */
export function terminalSize(): BoardSize {
  const { columns, rows } = Deno.consoleSize();
  return { columns: columns || 80, rows: rows || 24 };
}
