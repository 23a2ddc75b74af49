import { ProtocolError } from "../errors.js";
import type { Display } from "../protocol/messages.js";
import type { DisplayBundle } from "../result.js";

/** Most display bundles that one run may have; together they may be as large as its output. */
const MOST = 10_000;

export interface DisplaysOptions {
  /** Bytes of all together. */
  readonly limit: number;
  readonly toBundle: (display: Display) => DisplayBundle;
  readonly shown: ((bundle: DisplayBundle) => void) | undefined;
  /** There is more than may be. */
  readonly exceeded: () => void;
  /** What the caller's callback threw, or an adapter of his. */
  readonly failed: (error: unknown) => void;
}

/** What a run displays. */
export class Displays {
  readonly bundles: DisplayBundle[] = [];
  readonly #options: DisplaysOptions;
  #size = 0;

  constructor(options: DisplaysOptions) {
    this.#options = options;
  }

  add(display: Display): void {
    const { limit, toBundle, shown, exceeded, failed } = this.#options;
    this.#size += sizeOf(display);
    if (this.#size > limit || this.bundles.length >= MOST) {
      exceeded();
      return;
    }
    try {
      const bundle = toBundle(display);
      this.bundles.push(bundle);
      shown?.(bundle);
    } catch (error) {
      if (error instanceof ProtocolError) throw error;
      failed(error);
    }
  }
}

/** Bytes of an empty map. */
const NO_METADATA = 1;
/** Bytes of memory to one of metadata: it becomes objects, which can be as short as a byte there. */
const OBJECT = 32;

/** Bytes of what a display holds, about. */
const sizeOf = ({ data, metadata, id }: Display): number => {
  let size = (metadata.length - NO_METADATA) * OBJECT + (id?.length ?? 0);
  for (const [type, content] of data) size += type.length + content.length;
  return size;
};
