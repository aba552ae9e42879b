import {
  type Attributes,
  ProxyTracerProvider,
  type Span,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { errorText } from "./errors.ts";

/** Makes spans, for as long as Deno sends them anywhere. */
export interface Tracing {
  /**
   * Runs work within a span, which ends with it, or when the promise that it returns settles. Spans that are
   * made meanwhile are its children. What the work throws is noted on the span and thrown on.
   */
  during<T>(name: string, attributes: Attributes, work: (span: OpenSpan) => T): T;
}

/** A span that has not ended. */
export interface OpenSpan {
  /** Adds what is known by now. */
  note(attributes: Attributes): void;
  /** Says that the work has failed, where it does not throw. */
  fail(): void;
}

/**
 * What makes spans under that name; undefined unless Deno was started with OTEL_DENO=true, so that who asks
 * once at the start pays nothing afterwards.
 */
export function openTracing(scope: string): Tracing | undefined {
  // Deno registers a provider of its own. Until somebody does, there is a stand-in.
  if (trace.getTracerProvider() instanceof ProxyTracerProvider) return undefined;
  const tracer = trace.getTracer(scope);
  return {
    during: (name, attributes, work) =>
      tracer.startActiveSpan(name, { attributes }, (span) => {
        const open: OpenSpan = {
          note: (more) => void span.setAttributes(more),
          fail: () => void span.setStatus({ code: SpanStatusCode.ERROR }),
        };
        return endWith(span, () => work(open));
      }),
  };
}

function endWith<T>(span: Span, work: () => T): T {
  let result: T;
  try {
    result = work();
  } catch (error) {
    fail(span, error);
    throw error;
  }
  if (result instanceof Promise) {
    result.then(() => span.end(), (error: unknown) => fail(span, error));
  } else {
    span.end();
  }
  return result;
}

function fail(span: Span, error: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR, message: errorText(error) });
  span.end();
}
