import http from "node:http";
import https from "node:https";
import { readListenConfig } from "../config.ts";
import { ConfigError, errorText, SetupError } from "../errors.ts";
import { settingExcerpt, withoutSetting } from "../excerpt.ts";
import { serverUrl } from "../server_url.ts";
import type { CommandContext } from "./command.ts";
import { readFlags } from "./flags.ts";

const ANSWER_DEADLINE_MS = 3000;
const ANSWER_CHARACTERS_MAX = 10_000;

/**
 * Asks the server that runs with the same settings on this machine whether it answers; with `--ready`
 * also whether it has prices. For containers and supervisors, in place of a program like curl.
 *
 * @throws {SetupError} when it does not answer, or not well
 */
export async function health({ args, env, signal, print }: CommandContext): Promise<number> {
  const { ready } = readFlags("health", args, { ready: "boolean" });
  const config = readListenConfig(env);
  const url = URL.parse(ready === true ? "readyz" : "healthz", serverUrl(config));
  if (url === null) {
    const value = settingExcerpt(config.host);
    throw new ConfigError([`Cannot read HOST: must be a name or an address, is ${value}`]);
  }
  const deadline = AbortSignal.timeout(ANSWER_DEADLINE_MS);
  const { status, text } = await ask(url, AbortSignal.any([signal, deadline]));
  if (status !== 200) {
    throw new SetupError(
      `Cannot call the server healthy: ${
        settingExcerpt(url.href)
      } must answer 200, answers ${status} ${text}`,
    );
  }
  print(text);
  return 0;
}

/**
 * By Node's client, because it can be told not to look at the certificate: that bears the name by which
 * others know the server, and nothing is told to it that had to be kept from anybody.
 */
function ask(url: URL, signal: AbortSignal): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      const fault = signal.aborted
        ? `must answer within ${ANSWER_DEADLINE_MS} ms`
        : withoutSetting(errorText(error), url.hostname);
      reject(
        new SetupError(`Cannot reach ${settingExcerpt(url.href)}: ${fault}`, { cause: error }),
      );
    };
    const { get } = url.protocol === "https:" ? https : http;
    const request = get(url, { rejectUnauthorized: false, ca: [], signal }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
        if (text.length > ANSWER_CHARACTERS_MAX) request.destroy(new Error("answers too much"));
      });
      response.on("error", fail);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    request.on("error", fail);
  });
}
