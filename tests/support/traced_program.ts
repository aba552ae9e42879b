import { openTracing } from "../../src/tracing.ts";

// A program that ends each kind of span, for tests that start it with and without OTEL_DENO=true.

const tracing = openTracing("a test");

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

async function attempt(work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    print(error instanceof Error ? error.message : "what is no error");
  }
}

print(tracing === undefined ? "off" : "on");
if (tracing !== undefined) {
  await attempt(() =>
    tracing.during("parent", { known: 1 }, async (span) => {
      await Promise.resolve();
      tracing.during("child", {}, () => {});
      span.note({ later: 2 });
    })
  );
  await attempt(() =>
    tracing.during("thrower", {}, () => {
      throw new Error("thrown");
    })
  );
  await attempt(() => tracing.during("rejecter", {}, () => Promise.reject(new Error("rejected"))));
  await attempt(() => tracing.during("failer", {}, (span) => span.fail()));
}
