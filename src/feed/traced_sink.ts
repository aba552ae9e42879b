import { openTracing } from "../tracing.ts";
import type { FeedSink } from "./feed.ts";

/** The sink with a span for each delivery, which is a child of the read's; the same where no spans are made. */
export function tracedSink(sink: FeedSink): FeedSink {
  const tracing = openTracing("quotewire");
  if (tracing === undefined) return sink;
  return {
    beginning: (quotes) =>
      tracing.during("hub begin", { "quotewire.quotes": quotes.length }, () => {
        sink.beginning(quotes);
      }),
    quotes: (quotes) =>
      tracing.during("hub publish", { "quotewire.quotes": quotes.length }, () => {
        sink.quotes(quotes);
      }),
    status: (...said) => sink.status(...said),
  };
}
