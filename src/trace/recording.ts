import { Answer } from "../wire/answer.js";
import { HEADER_SIZE, type Request } from "../wire/frame.js";
import type { Serve } from "../wire/serve.js";
import { argumentsOf, operationName } from "./decode.js";
import type { EventBody, TraceEnd } from "./events.js";
import type { TraceOptions, TraceWriter } from "./writer.js";

/** A request that has not been written. */
interface Pending {
  readonly operation: number;
  /** Its bytes; they are the channel's until it is answered. */
  readonly request: Uint8Array;
  readonly redacted: boolean;
  /** In ms, as `performance.now()`. */
  readonly at: number;
}

const NANOSECONDS = 1e6;

/** Writes to a trace what one guest asks for, what it is answered, and what else happens to it. */
export class Recording {
  readonly #writer: TraceWriter;
  readonly #redact: TraceOptions["redact"];
  readonly #begin = performance.now();
  #pending: Pending | undefined;
  /** When the last answer was given, in ms. */
  #answered = this.#begin;

  constructor(writer: TraceWriter, { redact }: TraceOptions = {}) {
    this.#writer = writer;
    this.#redact = redact;
  }

  /** Serves as before, and writes. */
  serve(serve: Serve): Serve {
    let pass: Answer | undefined;
    const own: Answer = new Answer({
      send: (head, tails) => {
        // Both answers are filled in the same memory: what stands there is handed on as it is, and read afterwards.
        const errno = own.view.getUint16(4, true);
        const signal = own.view.getUint8(6);
        if (errno === 0) pass?.send(head.length, tails, signal);
        else pass?.fail(errno, signal);
        this.#write({ errno, signal, payload: [head.subarray(HEADER_SIZE), ...tails] });
      },
    });
    return (request, answer) => {
      pass = answer;
      this.#asked(request);
      own.begin();
      let done: Promise<void> | undefined;
      try {
        done = serve(request, own);
      } catch (error) {
        this.#write(undefined);
        throw error;
      }
      if (done === undefined) {
        this.#left(own, answer);
        return undefined;
      }
      this.#keep();
      return done.then(
        () => this.#left(own, answer),
        (error: unknown) => {
          this.#write(undefined);
          throw error;
        },
      );
    };
  }

  signalled(signal: number, cpu: bigint | undefined): void {
    const after = Math.max(0, Math.round((performance.now() - this.#answered) * NANOSECONDS));
    this.event({ kind: "signal", signal, after, cpu: cpu === undefined ? undefined : Number(cpu) });
  }

  event(event: EventBody): void {
    this.#writer.event(event, (performance.now() - this.#begin) * NANOSECONDS);
  }

  /** The guest is gone; what it waited for last has no answer. */
  end(end: TraceEnd): void {
    this.#write(undefined);
    this.event({ kind: "end", end });
  }

  #asked(request: Request): void {
    const { number, bytes, start, end } = request;
    const asked = bytes.subarray(start, end);
    const redacted = this.#redact?.(operationName(number), () => argumentsOf(number, asked) ?? {}) === true;
    this.#pending = {
      operation: number,
      request: redacted ? Buffer.alloc(asked.length) : asked,
      redacted,
      at: performance.now(),
    };
  }

  /** The answer comes later: until then the channel's buffer may be used otherwise. */
  #keep(): void {
    const pending = this.#pending;
    if (pending !== undefined) this.#pending = { ...pending, request: Buffer.from(pending.request) };
  }

  /** Where the operation was served without an answer, it was the guest's last one. */
  #left(own: Answer, answer: Answer): void {
    if (!own.dropped || this.#pending === undefined) return;
    this.#write(undefined);
    answer.drop();
  }

  #write(
    answer:
      | { readonly errno: number; readonly signal: number; readonly payload: readonly Uint8Array[] }
      | undefined,
  ): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    this.#answered = performance.now();
    const { operation, request, redacted, at } = pending;
    const written = {
      operation,
      request,
      redacted,
      at: (at - this.#begin) * NANOSECONDS,
      duration: (this.#answered - at) * NANOSECONDS,
    };
    this.#writer.put(written, answer && redacted ? blank(answer) : answer);
  }
}

const blank = <T extends { readonly payload: readonly Uint8Array[] }>(answer: T): T => ({
  ...answer,
  payload: answer.payload.map((part) => new Uint8Array(part.length)),
});
