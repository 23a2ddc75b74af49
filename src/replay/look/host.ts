import { part } from "../../kernel/environment.js";
import { Parts } from "../../kernel/parts.js";
import { Shape } from "../../protocol/shape.js";
import { argumentsOf } from "../../trace/decode.js";
import { Errno } from "../../wire/errno.js";
import type { Request } from "../../wire/frame.js";
import { sallyport } from "../../wire/operations.js";
import type { Serve } from "../../wire/serve.js";
import type { TracedFile } from "./files.js";
import { encodeLook, type LookRequest } from "./messages.js";
import { LOOK_REPORT, LOOK_SOURCE } from "./source.js";
import { lookWorld } from "./world.js";

/** The signal whose handler in the guest runs what it is told. */
export const LOOK_SIGNAL = 63;
const EINTR = 4;
/** Operations that the guest may ask for between its interruption and the first sign of the look. */
const GRACE = 1000;
/** Most bytes of one answer. */
const ANSWER_MAX = 64 * 2 ** 20;
const OUTPUT_KEPT = 2 ** 20;

/** What a guest does not do that cannot be looked into. */
class NoLook extends Error {}

interface Waiting {
  readonly resolve: (answer: Shape) => void;
  readonly reject: (error: Error) => void;
}

/** The controller's side of a look: what the guest asks of it is answered from here, one request of ours at a time. */
export class LookHost {
  /** Settles when the guest waits for the first request; rejects where it does not come to it. */
  readonly ready: Promise<void>;
  /** Told of what evaluated code writes. */
  output: (data: Uint8Array) => void = () => {};
  #isReady: () => void = () => {};
  #isNot: (error: Error) => void = () => {};
  readonly #call: string;
  readonly #parts = new Parts(ANSWER_MAX);
  #message: Uint8Array = new Uint8Array(0);
  /** Bytes of it that the guest has. */
  #fetched = 0;
  #sourceTaken = false;
  #idle: ((message: Uint8Array) => void) | undefined;
  #early: Uint8Array | undefined;
  #waiting: Waiting | undefined;
  /** Why nothing is answered any more. */
  #over: Error | undefined;
  #interruptions = 0;
  #others = 0;
  #world: Serve | undefined;

  /** `call` is the line of Python that begins the look, in which `frame` is the innermost frame. */
  private constructor(call: string) {
    this.#call = call;
    this.ready = new Promise((resolve, reject) => {
      this.#isReady = resolve;
      this.#isNot = reject;
    });
    this.ready.catch(() => undefined);
  }

  static async create(call: string, files: readonly TracedFile[]): Promise<LookHost> {
    const host = new LookHost(call);
    host.#world = await lookWorld(
      {
        command: ({ offset, capacity }) => host.#command(offset, capacity),
        report: ({ kind, last, data }) => host.#report(kind, last, data),
      },
      files,
      (data) => host.output(data),
    );
    return host;
  }

  /** Answers the operation that the guest stands in so that it looks; then serves what it asks for. */
  interrupt(): Serve {
    let begun = false;
    return (request, answer) => {
      if (begun) return this.serve(request, answer);
      begun = true;
      answer.fail(EINTR, LOOK_SIGNAL);
      return undefined;
    };
  }

  readonly serve: Serve = (request, answer) => {
    if (!this.#sourceTaken && request.number !== sallyport.command.number) {
      this.#others += 1;
      if (this.#others > GRACE) this.#isNot(new NoLook("the guest goes on without looking"));
    }
    return this.#world?.(request, answer);
  };

  /** While the trace is still replayed: whether a request is for the source of the look, or begins it. */
  expects({ number, bytes, start, end }: Request): "source" | "beginning" | undefined {
    if (number !== sallyport.command.number) return undefined;
    const { offset } = argumentsOf(number, bytes.subarray(start, end)) ?? {};
    if (offset === 0) return this.#sourceTaken ? "beginning" : "source";
    return this.#sourceTaken && this.#fetched < this.#message.length ? "source" : undefined;
  }

  /** The guest is gone, or comes past what was to be looked at. */
  end(error: Error): void {
    this.#over ??= error;
    this.#isNot(error);
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }

  /** Asks the guest, which answers before the next may be asked. */
  ask(request: LookRequest): Promise<Shape> {
    if (this.#over !== undefined) return Promise.reject(this.#over);
    if (this.#waiting !== undefined)
      return Promise.reject(new Error("the last request has not been answered"));
    this.#interruptions = 0;
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      const message = encodeLook(request);
      const idle = this.#idle;
      this.#idle = undefined;
      // It may still be on its way from the last answer to the next request.
      if (idle === undefined) this.#early = message;
      else idle(message);
    });
  }

  /** The request under way is to be given up. Answers whether it was asked for that before: the guest does not heed it. */
  giveUp(): boolean {
    this.#interruptions += 1;
    return this.#interruptions > 1;
  }

  #command(offset: number, capacity: number) {
    const answer = (message: Uint8Array) => {
      this.#message = message;
      const data = part(message, offset, capacity);
      this.#fetched = offset + data.length;
      return { data, length: message.length };
    };
    if (offset > 0) return answer(this.#message);
    if (!this.#sourceTaken) {
      this.#sourceTaken = true;
      return answer(Buffer.from(`${LOOK_SOURCE}${this.#call}\n`));
    }
    if (this.#idle !== undefined) throw new Errno("EINVAL");
    this.#isReady();
    const early = this.#early;
    this.#early = undefined;
    if (early !== undefined) return answer(early);
    return new Promise<Uint8Array>((resolve) => {
      this.#idle = resolve;
    }).then(answer);
  }

  #report(kind: number, last: number, data: Uint8Array): void {
    const message = this.#parts.add(data, last);
    if (message === undefined) return;
    if (kind === LOOK_REPORT.output) {
      this.output(message.subarray(0, OUTPUT_KEPT));
      return;
    }
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (kind !== LOOK_REPORT.answer || waiting === undefined) return;
    try {
      waiting.resolve(Shape.message(message, "look"));
    } catch (error) {
      waiting.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
