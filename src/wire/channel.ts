/**
 * A guest's channel: bytes from its pipe become requests, which are served one by one and answered.
 *
 * No more than one request is ever under way. Whatever else arrives meanwhile (bytes after a request, a request
 * while the last one's answer has not been taken) is a breach of protocol, so that nothing is ever queued.
 */
import type { Readable, Writable } from "node:stream";
import { Answer } from "./answer.js";
import { checkHeader } from "./decode.js";
import { breach, HEADER_SIZE, MAX_FRAME } from "./frame.js";
import { late } from "./late.js";
import { otherTurn } from "./moment.js";
import { Pacing } from "./pacing.js";
import { NOTHING_NOW, PIPE_SIZE, Pipe } from "./pipe.js";
import type { Serve } from "./serve.js";
import { Window } from "./window.js";

/** Receive buffer of a guest that sends small requests. */
const SMALL = 8 * 1024;
/** Buffers of MAX_FRAME bytes that are kept for the next large request of any guest. */
const spares: Buffer[] = [];
const MAX_SPARES = 4;
/** How long (ms) an answer may take to be taken once the guest has sent its next request. */
const TAKING = 1000;

const sizeOf = (parts: readonly Uint8Array[]): number => {
  let size = 0;
  for (const part of parts) size += part.byteLength;
  return size;
};

/** The guest's pipe that it writes to, or the one that it reads. */
export type Way = "input" | "output";

export interface ChannelOptions {
  /** What the guest writes. */
  readonly input: Readable;
  /** What the guest reads. */
  readonly output: Writable;
  readonly serve: Serve;
  /** Called once, with what the guest did wrong (ProtocolError) or what `serve` threw. Nothing is served after. */
  readonly failed: (error: unknown) => void;
  /** Called when nothing can follow any more but the guest's end: after its last request, or when it no longer reads. */
  readonly leaving?: (after: string) => void;
  /** Called once for each way when the first frame goes it that is larger than a pipe. */
  readonly much?: (way: Way) => void;
}

export class Channel {
  readonly #pipe: Pipe;
  readonly #pacing = new Pacing();
  readonly #answer: Answer;
  readonly #serve: Serve;
  readonly #failed: (error: unknown) => void;
  readonly #leaving: ((after: string) => void) | undefined;
  readonly #much: ((way: Way) => void) | undefined;
  readonly #told: Record<Way, boolean> = { input: false, output: false };
  readonly #small = Buffer.allocUnsafeSlow(SMALL);
  readonly #window: Window;
  /** Where bytes are gathered: `#small`, or a large one for a frame that needs it. */
  #buffer: Buffer;
  #filled = 0;
  /** Bytes of the last answer, but for its beginning. */
  #sent = 0;
  /** Requests so far. */
  #requests = 0;
  #postponed: NodeJS.Timeout | undefined;
  #state: "open" | "leaving" | "closed" = "open";

  constructor(options: ChannelOptions) {
    this.#pipe = new Pipe(options.input, options.output);
    this.#serve = options.serve;
    this.#failed = options.failed;
    this.#leaving = options.leaving;
    this.#much = options.much;
    this.#buffer = this.#small;
    this.#window = new Window(this.#small);
    this.#answer = new Answer({
      send: (head, tails) => {
        this.#sent = sizeOf(tails);
        if (this.#sent > PIPE_SIZE) this.#tellMuch("output");
        if (!this.#pipe.write(head, tails)) this.#lost();
      },
    });
    options.input.on("data", (chunk: Buffer) => this.#receive(chunk));
    options.input.on("error", () => this.close());
    options.output.on("error", () => this.#lost());
  }

  /** How many requests have come. */
  get requests(): number {
    return this.#requests;
  }

  /** Whether a request waits for its answer. */
  get busy(): boolean {
    return this.#answer.open;
  }

  /** Bytes of a frame that has begun and is not complete. */
  get partial(): number {
    return this.#filled;
  }

  /** Serves nothing any more, and lets go of memory. */
  close(): void {
    this.#state = "closed";
    clearTimeout(this.#postponed);
    // A handler that is still at work may look at its request: that buffer is no other guest's then.
    if (!this.#answer.open) this.#release();
  }

  /** Bytes by an event. */
  #receive(chunk: Buffer): void {
    if (this.#state === "closed") return;
    try {
      if (this.#state === "leaving") throw breach("bytes after its last request");
      if (this.#answer.open) throw breach("bytes while a request waits for its answer");
      if (this.#postponed !== undefined) throw breach("a request before the last answer has been taken");
      this.#pacing.beginTurn();
      otherTurn();
      const served = this.#filled === 0 && this.#complete(chunk) ? this.#handle(chunk) : this.#gather(chunk);
      if (served) this.#serveMore();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Whether a chunk is one frame; more than one is a breach. */
  #complete(chunk: Buffer): boolean {
    if (chunk.byteLength < HEADER_SIZE) return false;
    this.#window.move(chunk);
    const { length } = checkHeader(this.#window.view, 0, MAX_FRAME);
    if (chunk.byteLength > HEADER_SIZE + length) throw breach("bytes after a request");
    return chunk.byteLength === HEADER_SIZE + length;
  }

  /** Adds a chunk to what has come of a frame; handles it when that completes it. */
  #gather(chunk: Buffer): boolean {
    let at = 0;
    while (at < chunk.byteLength) {
      const wanted = this.#wanted();
      if (wanted === 0) throw breach("bytes after a request");
      const end = Math.min(chunk.byteLength, at + wanted);
      this.#filled += chunk.copy(this.#buffer, this.#filled, at, end);
      at = end;
    }
    return this.#wanted() === 0 ? this.#handle(this.#buffer) : this.#readRest();
  }

  /** Reads the rest of a frame that has begun, if it is there, or comes very soon. */
  #readRest(): boolean {
    while (this.#wanted() > 0) {
      let count = this.#pipe.readNow(this.#buffer, this.#filled);
      if (count === NOTHING_NOW && this.#pipe.direct) {
        const until = this.#pacing.amidRequest();
        if (until === 0) return false;
        count = this.#await(until);
        if (count === NOTHING_NOW) this.#pacing.waited(false);
      }
      if (count <= 0) return false;
      this.#filled += count;
    }
    this.#checkSurplus();
    return this.#handle(this.#buffer);
  }

  /** Bytes that the frame under way still lacks (of its header, as long as that is not complete). */
  #wanted(): number {
    if (this.#filled < HEADER_SIZE) return HEADER_SIZE - this.#filled;
    this.#window.move(this.#buffer);
    const { length } = checkHeader(this.#window.view, 0, MAX_FRAME);
    const size = HEADER_SIZE + length;
    if (size > this.#buffer.byteLength) {
      this.#enlarge();
      if (size > PIPE_SIZE) this.#tellMuch("input");
    }
    return Math.max(0, size - this.#filled);
  }

  #tellMuch(way: Way): void {
    if (this.#told[way]) return;
    this.#told[way] = true;
    this.#much?.(way);
  }

  #checkSurplus(): void {
    const { length } = checkHeader(this.#window.view, 0, MAX_FRAME);
    if (this.#filled > HEADER_SIZE + length) throw breach("bytes after a request");
  }

  #enlarge(): void {
    const large = spares.pop() ?? Buffer.allocUnsafeSlow(MAX_FRAME);
    this.#buffer.copy(large, 0, 0, this.#filled);
    this.#buffer = large;
  }

  #release(): void {
    if (this.#buffer === this.#small) return;
    if (spares.length < MAX_SPARES) spares.push(this.#buffer);
    this.#buffer = this.#small;
  }

  /** Serves the frame at the beginning of `bytes`. Answers whether that is over. */
  #handle(bytes: Buffer): boolean {
    const window = this.#window;
    window.move(bytes);
    const { length, number } = checkHeader(window.view, 0, MAX_FRAME);
    if (this.#pipe.backlog) {
      this.#postpone(bytes);
      return false;
    }
    window.number = number;
    window.start = HEADER_SIZE;
    window.end = HEADER_SIZE + length;
    this.#filled = 0;
    this.#requests++;
    this.#answer.begin();
    const promise = this.#serve(window, this.#answer);
    if (promise !== undefined) {
      promise.then(() => this.#servedLater()).catch((error: unknown) => this.#fail(error));
      return false;
    }
    return this.#served();
  }

  /**
   * A request has come while, as far as the stream knows, the last answer is still being written. It may be that the
   * stream only tells late; a guest that has not taken its answer is given up.
   */
  #postpone(bytes: Buffer): void {
    this.#postponed = late(TAKING, () => {
      if (this.#postponed !== undefined) {
        this.#fail(breach("a request before the last answer has been taken"));
      }
    });
    this.#pipe.whenTaken(() => {
      clearTimeout(this.#postponed);
      this.#postponed = undefined;
      if (this.#state !== "open") return;
      try {
        if (this.#handle(bytes)) this.#serveMore();
      } catch (error) {
        this.#fail(error);
      }
    });
  }

  #served(): boolean {
    if (this.#state === "closed") return false;
    if (this.#answer.open) throw new Error("a request has been served without an answer");
    this.#release();
    if (!this.#answer.dropped) return true;
    this.#state = "leaving";
    this.#leaving?.("its last request");
    return false;
  }

  /** Goes on with the turn that began with the request, if that is not over. */
  #servedLater(): void {
    otherTurn();
    if (this.#served()) this.#serveMore();
  }

  /** Looks for further requests, as long as the pacing allows. */
  #serveMore(): void {
    for (;;) {
      const until = this.#pacing.afterAnswer(this.#sent);
      if (until === 0 || !this.#pipe.direct || this.#pipe.backlog) return;
      const count = this.#await(until);
      this.#pacing.waited(count > 0);
      if (count <= 0) return;
      this.#filled = count;
      if (!this.#readRest()) return;
    }
  }

  #await(until: number): number {
    for (;;) {
      const count = this.#pipe.readNow(this.#buffer, this.#filled);
      if (count !== NOTHING_NOW || performance.now() >= until) return count;
    }
  }

  /** The guest no longer reads: it is about to end, or has to be ended. */
  #lost(): void {
    if (this.#state === "closed") return;
    this.close();
    this.#leaving?.("closing its input");
  }

  #fail(error: unknown): void {
    if (this.#state === "closed") return;
    this.close();
    this.#failed(error);
  }
}
