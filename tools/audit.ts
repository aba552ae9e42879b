/**
 * Asks the registry for known faults of what `deno.lock` names. Ends with 0 when it knows of none, with 1
 * when it knows of some, and with 2 when it was not to be had: mirrors of the registry mostly do not
 * answer this question, which says nothing about the packages.
 */

const ANSWER_DEADLINE_MS = 60_000;
/** What `deno audit` prints when it was answered; its exit code is 0 without an answer as well. */
const CLEAN_REGEXP = /^No known vulnerabilities found$/m;
const EXIT_FOUND = 1;
const EXIT_UNANSWERED = 2;

async function main(): Promise<number> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    // An answer that cannot be had does not make this one fail, so that a failure has one meaning.
    args: ["audit", "--ignore-registry-errors"],
    env: { NO_COLOR: "1" },
    stdin: "null",
    signal: AbortSignal.timeout(ANSWER_DEADLINE_MS),
  }).output();
  const text = new TextDecoder().decode(stdout);
  print(text + new TextDecoder().decode(stderr));
  if (code === EXIT_FOUND) return EXIT_FOUND;
  if (code === 0 && CLEAN_REGEXP.test(text)) return 0;
  print(
    "NOT AUDITED: whether a dependency has known faults was not to be had. Ask again elsewhere.\n",
  );
  return EXIT_UNANSWERED;
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

if (import.meta.main) Deno.exit(await main());
