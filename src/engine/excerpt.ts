/**
 * The beginning of what a stream says, made safe to show.
 */
import type { Readable } from "node:stream";

/** Bytes that are kept; the rest is read and dropped. */
const LIMIT = 2048;

export class Excerpt {
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor(stream: Readable) {
    stream.on("data", (chunk: Buffer) => {
      const part = chunk.subarray(0, LIMIT - this.#size);
      if (part.byteLength === 0) return;
      this.#chunks.push(part);
      this.#size += part.byteLength;
    });
    stream.on("error", () => undefined);
  }

  /** `: …` with control characters escaped, or nothing. */
  text(): string {
    const text = Buffer.concat(this.#chunks).toString("utf8").trim();
    if (text === "") return "";
    return `: ${text.replace(/[^\n\x20-\x7e\u00a0-\u{10ffff}]/gu, escapeCharacter)}`;
  }
}

const escapeCharacter = (character: string): string =>
  `\\x${(character.codePointAt(0) ?? 0).toString(16).padStart(2, "0")}`;
