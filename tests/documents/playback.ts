import assert from "node:assert/strict";
import type { Block, Document } from "./document.ts";

/**
 * The blocks of a document, played in their order: a tutorial that says more than its test does, or says it
 * in another order, makes the test fail.
 */
export class Playback {
  readonly #path: string;
  readonly #blocks: Block[];

  constructor({ path, blocks }: Document) {
    this.#path = path;
    this.#blocks = [...blocks];
  }

  /** The text of the next block, which must be in this language. */
  next(language: string): string {
    const block = this.#blocks.shift();
    assert.ok(block, `${this.#path} must have another block, in ${language}`);
    const { line } = block;
    assert.equal(block.language, language, `${this.#path}:${line}: what its test plays next`);
    return block.text;
  }

  /** @throws {AssertionError} when something was not played */
  end(): void {
    const [block] = this.#blocks;
    assert.equal(block, undefined, `${this.#path}:${block?.line}: no test plays this block`);
  }
}
