/**
 * The guest's marshaller and the controller's dialect, joined without a process: what the one sends the other serves.
 */

import type { Exchange } from "../../src/engine/guest/frames.js";
import { Answer } from "../../src/wire/answer.js";
import { HEADER_SIZE, MAX_FRAME } from "../../src/wire/frame.js";
import type { Serve } from "../../src/wire/serve.js";

export class Loopback implements Exchange {
  readonly bytes = Buffer.alloc(MAX_FRAME);
  readonly view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
  readonly start = HEADER_SIZE;
  errno = 0;
  /** The signal of the last answer. */
  signal = 0;
  /** Numbers of the requests so far. */
  readonly requests: number[] = [];
  readonly #serve: Serve;
  readonly #answer: Answer;
  #length = 0;

  constructor(serve: Serve) {
    this.#serve = serve;
    this.#answer = new Answer({
      send: (head, tails) => {
        const frame = Buffer.concat([head, ...tails]);
        this.#length = frame.readUInt32LE(0);
        if (this.#length !== frame.byteLength - HEADER_SIZE)
          throw new Error("an answer of another length than it says");
        this.errno = frame.readUInt16LE(4);
        this.signal = frame[6] ?? 0;
        this.bytes.set(frame.subarray(HEADER_SIZE), this.start);
      },
    });
  }

  send(number: number, length: number): void {
    this.requests.push(number);
    this.#answer.begin();
    const request = {
      number,
      bytes: Buffer.from(this.bytes),
      view: this.view,
      start: this.start,
      end: this.start + length,
    };
    const view = new DataView(request.bytes.buffer, request.bytes.byteOffset, request.bytes.byteLength);
    const promise = this.#serve({ ...request, view }, this.#answer);
    if (promise !== undefined) throw new Error("the test's handlers answer at once");
  }

  exchange(number: number, length: number): number {
    this.send(number, length);
    return this.#length;
  }
}
