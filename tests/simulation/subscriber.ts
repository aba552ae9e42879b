import type { SubscriptionOptions } from "../../src/client/subscription.ts";

/** A client of the simulated server, whatever it speaks. */
export interface Subscriber {
  readonly name: string;
  /** What it has not got that it should have by now; undefined when it has everything. */
  missing(): string | undefined;
}

/** What a v1 client of a simulation asks for in the beginning. */
export interface Wanted
  extends Required<Pick<SubscriptionOptions, "symbols" | "sources" | "history" | "maxRateMs">> {
  readonly compression: "on" | "off";
}
