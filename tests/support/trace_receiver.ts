import * as v from "valibot";

const spanSchema = v.object({
  traceId: v.string(),
  spanId: v.string(),
  parentSpanId: v.string(),
  name: v.string(),
  status: v.object({ code: v.number() }),
  attributes: v.array(v.object({ key: v.string(), value: v.record(v.string(), v.unknown()) })),
});
const tracesSchema = v.object({
  resourceSpans: v.array(v.object({
    scopeSpans: v.array(v.object({ spans: v.array(spanSchema) })),
  })),
});

/** A span as it arrived. */
export interface ReceivedSpan extends Omit<v.InferOutput<typeof spanSchema>, "attributes"> {
  /** Of each name all values: a span can have several. */
  readonly attributes: ReadonlyMap<string, readonly unknown[]>;
}

/** A collector of telemetry, to which programs send by OTLP over HTTP, in JSON. */
export class TraceReceiver implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #spans: ReceivedSpan[] = [];
  #text = "";

  constructor() {
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    this.#server = Deno.serve(options, async (request) => {
      const text = await request.text();
      this.#text += text;
      if (new URL(request.url).pathname === "/v1/traces") this.#take(JSON.parse(text));
      return Response.json({});
    });
  }

  /** What makes a Deno program send to it. */
  get env(): Record<string, string> {
    return {
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${this.#server.addr.port}`,
    };
  }

  /** All spans so far, in no order. */
  get spans(): readonly ReceivedSpan[] {
    return this.#spans;
  }

  /** All that has arrived so far, metrics and logs as well. */
  get text(): string {
    return this.#text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  #take(document: unknown): void {
    const { resourceSpans } = v.parse(tracesSchema, document);
    const spans = resourceSpans.flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap(({ spans }) => spans)
    );
    for (const span of spans) {
      const attributes = Map.groupBy(span.attributes, ({ key }) => key);
      this.#spans.push({
        ...span,
        attributes: new Map(
          [...attributes].map((
            [key, all],
          ) => [key, all.flatMap(({ value }) => Object.values(value))]),
        ),
      });
    }
  }
}
