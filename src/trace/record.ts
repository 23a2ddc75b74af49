import { ARTIFACTS, findPrebuilt } from "../engine/prebuilt.js";
import type { Serve } from "../wire/serve.js";
import { recording } from "./recording.js";
import { type TraceOptions, TraceWriter } from "./writer.js";

/** A trace of a Python guest under way. */
export interface Recorded {
  serve(serve: Serve): Serve;
  close(): void;
}

/** Begins the trace of a guest with so much memory. Throws what the system says where the file cannot be made. */
export const record = (to: string | (TraceOptions & { readonly file: string }), memory: number): Recorded => {
  const { file, ...options } = typeof to === "string" ? { file: to } : to;
  const { sha256 } = findPrebuilt().artifact(ARTIFACTS.image);
  const image = Buffer.from(sha256).toString("hex");
  const writer = new TraceWriter(file, { program: "python", memory, image }, options);
  return {
    serve: (serve) => recording(serve, writer, options),
    close: () => writer.close(),
  };
};
