import type { AuthSettings } from "../auth/authenticator.ts";
import type { LogConfig, SessionLimits } from "../config.ts";
import type { HostPolicy } from "../http/host.ts";
import type { OriginPolicy } from "../http/origin.ts";
import type { Certificate } from "./certificate.ts";
import type { DrainPlan } from "./drain_plan.ts";

/** What a worker is told first, once. The ports come along as transferred objects. */
export interface StartWorker {
  readonly kind: "start";
  /** The worker's number, and its row in the shared metrics. */
  readonly index: number;
  readonly workers: number;
  readonly host: string;
  readonly port: number;
  /** Without one the server speaks plain HTTP. */
  readonly certificate: Certificate | undefined;
  readonly limits: SessionLimits;
  /** Resident memory of the whole process beyond which a worker is replaced. */
  readonly memoryBytesMax: number;
  readonly access: OriginPolicy & HostPolicy;
  readonly trustedProxies: readonly string[];
  /** Left out where authentication is off. The settings are a secret: never logged. */
  readonly auth:
    | { readonly settings: AuthSettings; readonly ticketPort: MessagePort }
    | undefined;
  readonly log: LogConfig;
  readonly metricsBuffer: SharedArrayBuffer;
  readonly addressesBuffer: SharedArrayBuffer;
  readonly heldBuffer: SharedArrayBuffer;
  readonly startedAtMs: number;
  /** A random id of the server's process. */
  readonly processId: string;
  /** Of Quotewire. */
  readonly version: string;
  /** The worker's end of its `Lifeline`. */
  readonly lifePort: MessagePort;
  readonly hubPort: MessagePort;
  readonly deskPort: MessagePort;
  /** Left out where there is no database behind. */
  readonly candlesPort: MessagePort | undefined;
}

/** Asks a worker to say goodbye to its clients and to report when it has. */
export interface DrainWorker {
  readonly kind: "drain";
  readonly plan: DrainPlan;
}

/** From the pool to a worker. */
export type ToWorker = StartWorker | DrainWorker;

/** From a worker to the pool. */
export type FromWorker =
  /** It has the whole book and accepts connections. */
  | { readonly kind: "ready" }
  /** It could not start. */
  | { readonly kind: "failed"; readonly reason: string }
  /** Its clients have been told and closed, those apart that do not read, and its listener is closed. */
  | { readonly kind: "drained" };
