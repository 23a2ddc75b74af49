import type { End, EngineName } from "../engine/engine.js";
import { ARTIFACTS, findPrebuilt } from "../engine/prebuilt.js";
import type { Serve } from "../wire/serve.js";
import { traceEnd } from "./events.js";
import { Recording } from "./recording.js";
import { type TraceOptions, TraceWriter } from "./writer.js";

/** A trace of a Python guest under way. */
export interface Recorded {
  serve(serve: Serve): Serve;
  /** A signal is being sent to the guest, other than with an answer; `cpu` is what it has used, in ns. */
  signalled(signal: number, cpu: bigint | undefined): void;
  /** Something to find again in the trace, before the operation that comes next. Name: up to 10,000 bytes. */
  mark(name: string, data: Uint8Array): void;
  /** Writes what there is so far, which is then safe from the death of this process. */
  flush(): void;
  /** The guest has ended. */
  close(end: End): void;
}

export interface RecordedGuest {
  /** Bytes. */
  readonly memory: number;
  readonly engine: EngineName;
  /** SHA-256 of the image it starts from. Default: the one that is shipped. */
  readonly image?: Uint8Array;
}

/** Begins the trace of a guest. Throws what the system says where the file cannot be made. */
export const record = (
  to: string | (TraceOptions & { readonly file: string }),
  { memory, engine, image }: RecordedGuest,
): Recorded => {
  const { file, ...options } = typeof to === "string" ? { file: to } : to;
  const writer = new TraceWriter(file, { program: "python", memory, engine, ...guestHashes(image) }, options);
  const recording = new Recording(writer, options);
  return {
    serve: (serve) => recording.serve(serve),
    signalled: (signal, cpu) => recording.signalled(signal, cpu),
    mark: (name, data) => recording.event({ kind: "mark", name, data }),
    flush: () => writer.flush(),
    close: (end) => {
      recording.end(traceEnd(end));
      writer.close();
    },
  };
};

/** Of the image and the code that this package's guests have, in hexadecimal; `image` is another than the shipped one. */
export const guestHashes = (image?: Uint8Array): { readonly image: string; readonly code: string } => {
  const prebuilt = findPrebuilt();
  const hex = (hash: Uint8Array): string => Buffer.from(hash).toString("hex");
  return {
    image: hex(image ?? prebuilt.artifact(ARTIFACTS.image).sha256),
    code: prebuilt.has(ARTIFACTS.wasm) ? hex(prebuilt.artifact(ARTIFACTS.wasm).sha256) : "",
  };
};
