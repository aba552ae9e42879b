import assert from "node:assert/strict";
import { SetupError } from "../errors.ts";
import { orBroken } from "./server.ts";

const NEVER = new Promise<never>(() => {});

Deno.test("orBroken() ends with the work while the server is well", async () => {
  await orBroken({ broken: NEVER }, Promise.resolve());
  await assert.rejects(orBroken({ broken: NEVER }, Promise.reject(new Error("work"))), /work/);
});

Deno.test("orBroken() ends with the server's reason when that breaks first", async () => {
  const broken = Promise.resolve(new SetupError("Cannot go on"));
  await assert.rejects(orBroken({ broken }, NEVER), new SetupError("Cannot go on"));
});
