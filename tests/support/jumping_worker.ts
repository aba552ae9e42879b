/// <reference lib="deno.worker" />
import "../../src/server/worker.ts";
import { followClock } from "./jumping_clock.ts";

/** A worker as the server runs it, but for its clock. */

followClock();
