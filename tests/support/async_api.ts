import { Ajv, type ValidateFunction } from "ajv";
import * as v from "valibot";
import { parse } from "yaml";

const ROOT = new URL("../../", import.meta.url);
const DOCUMENT = "docs/asyncapi.yaml";

const referenceSchema = v.object({ $ref: v.string() });
const messageSchema = v.looseObject({
  payload: v.unknown(),
  contentType: v.optional(v.string()),
  examples: v.optional(v.array(v.object({ payload: v.unknown() })), []),
});
const objectSchema = v.looseObject({
  properties: v.optional(
    v.record(v.string(), v.looseObject({ const: v.optional(v.unknown()) })),
    {},
  ),
});
const documentSchema = v.looseObject({
  info: v.looseObject({ version: v.string() }),
  channels: v.record(
    v.string(),
    v.looseObject({ messages: v.record(v.string(), referenceSchema) }),
  ),
  operations: v.record(
    v.string(),
    v.looseObject({
      action: v.picklist(["send", "receive"]),
      channel: referenceSchema,
      messages: v.array(referenceSchema),
    }),
  ),
  components: v.looseObject({
    messages: v.record(v.string(), messageSchema),
    schemas: v.looseObject({ error_code: v.object({ enum: v.array(v.string()) }) }),
    "x-close-codes": v.array(
      v.object({ code: v.number(), reason: v.string(), reconnect: v.boolean() }),
    ),
  }),
});

/** The machine-readable description of the protocol, docs/asyncapi.yaml, and what it allows. */
export class AsyncApi {
  /** As it stands there. */
  readonly source: unknown;
  readonly document: v.InferOutput<typeof documentSchema>;
  readonly #ajv = new Ajv({ strict: false, allErrors: true, formats: { uuid: UUID_REGEXP } });
  readonly #checks = new Map<string, ValidateFunction>();

  private constructor(source: unknown) {
    this.source = source;
    this.document = v.parse(documentSchema, source);
    this.#ajv.addSchema({ $id: "asyncapi", ...this.document });
  }

  static async read(): Promise<AsyncApi> {
    const text = await Deno.readTextFile(new URL(DOCUMENT, ROOT));
    return new AsyncApi(parse(text));
  }

  /** Names of the messages that the server sends or receives on a channel. */
  messages(channel: string, action: "send" | "receive"): string[] {
    const operation = this.document.operations[`${channel}_${action}`];
    if (operation?.action !== action || nameIn(operation.channel) !== channel) {
      throw new Error(`Cannot find what the server does to ${action} on ${channel}`);
    }
    const { messages = {} } = this.document.channels[channel] ?? {};
    return operation.messages.map((message) => {
      const reference = messages[nameIn(message)];
      if (reference === undefined) throw new Error(`Cannot find ${message.$ref} in its channel`);
      return nameIn(reference);
    });
  }

  /** Examples of a message. */
  examples(message: string): readonly unknown[] {
    return this.document.components.messages[message]?.examples.map(({ payload }) => payload) ?? [];
  }

  /** Schemas of a message's fields, as they stand there; empty where it has none. */
  properties(message: string): Readonly<Record<string, { readonly const?: unknown }>> {
    return v.parse(objectSchema, this.document.components.messages[message]?.payload).properties;
  }

  /** What is wrong with a message; empty where nothing is. */
  faults(message: string, payload: unknown): string[] {
    const check = this.#check(message);
    if (check(payload)) return [];
    return (check.errors ?? []).map(({ instancePath, message = "", params }) =>
      `${instancePath} ${message} ${JSON.stringify(params)}`
    );
  }

  #check(message: string): ValidateFunction {
    const known = this.#checks.get(message);
    if (known !== undefined) return known;
    const check = this.#ajv.compile({
      $ref: `asyncapi#/components/messages/${message}/payload`,
    });
    this.#checks.set(message, check);
    return check;
  }
}

const UUID_REGEXP = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

function nameIn({ $ref }: { readonly $ref: string }): string {
  return $ref.replace(/^.*\//, "");
}
