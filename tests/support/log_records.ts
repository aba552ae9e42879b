import { configure, type LogRecord, reset } from "@logtape/logtape";

/** What this isolate logs, until it is disposed of. */
export class LogRecords implements AsyncDisposable {
  readonly all: LogRecord[] = [];

  static async keep(): Promise<LogRecords> {
    const records = new LogRecords();
    await configure({
      reset: true,
      sinks: { memory: (record) => records.all.push(record) },
      loggers: [
        { category: ["quotewire"], sinks: ["memory"] },
        { category: ["logtape", "meta"], sinks: [] },
      ],
    });
    return records;
  }

  /** Properties of the lines with this code, oldest first. */
  of(code: string): Record<string, unknown>[] {
    return this.all.map(({ properties }) => properties).filter((one) => one["code"] === code);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return reset();
  }
}
