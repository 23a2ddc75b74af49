import { Answer } from "../wire/answer.js";
import { HEADER_SIZE } from "../wire/frame.js";
import type { Serve } from "../wire/serve.js";
import { operationName } from "./decode.js";
import type { TraceOptions, TraceWriter } from "./writer.js";

/** Serves as before, and writes every request and its answer to a trace. */
export const recording = (serve: Serve, writer: TraceWriter, { redact }: TraceOptions = {}): Serve => {
  const begin = process.hrtime.bigint();
  let sent: { readonly errno: number; readonly signal: number; readonly payload: Uint8Array } | undefined;
  let pass: Answer | undefined;
  const own = new Answer({
    send: (head, tails) => {
      const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
      const errno = view.getUint16(4, true);
      const signal = view.getUint8(6);
      sent = { errno, signal, payload: Buffer.concat([head.subarray(HEADER_SIZE), ...tails]) };
      // Both answers are filled in the same memory: what stands there is handed on as it is.
      if (errno === 0) pass?.send(head.length, tails, signal);
      else pass?.fail(errno, signal);
    },
  });
  return (request, answer) => {
    const start = process.hrtime.bigint();
    const name = operationName(request.number);
    const redacted = redact?.(name) === true;
    const asked = Buffer.from(request.bytes.subarray(request.start, request.end));
    const written = (): void => {
      const payload = sent?.payload ?? new Uint8Array(0);
      writer.add({
        operation: request.number,
        request: redacted ? Buffer.alloc(asked.length) : asked,
        answer: sent && { ...sent, payload: redacted ? new Uint8Array(payload.length) : payload },
        redacted,
        at: Number(start - begin),
        duration: Number(process.hrtime.bigint() - start),
      });
      if (own.dropped && sent === undefined) answer.drop();
    };
    sent = undefined;
    pass = answer;
    own.begin();
    let done: Promise<void> | undefined;
    try {
      done = serve(request, own);
    } catch (error) {
      written();
      throw error;
    }
    if (done === undefined) {
      written();
      return undefined;
    }
    return done.then(written, (error: unknown) => {
      written();
      throw error;
    });
  };
};
