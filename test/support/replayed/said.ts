import { createHash } from "node:crypto";
import type { Engine } from "../../../src/engine/engine.js";
import { argumentsOf } from "../../../src/trace/decode.js";
import type { TraceReader } from "../../../src/trace/reader.js";
import { sallyport } from "../../../src/wire/operations.js";

const OUTPUTS: ReadonlySet<number> = new Set([
  sallyport.write.number,
  sallyport.writev.number,
  sallyport.report.number,
]);

/** What a guest has said: stdout, stderr and its results, to be compared without looking at how a replay compares. */
export class Said {
  #hash = createHash("sha256");
  bytes = 0;

  /** Another guest begins. */
  begin(): void {
    this.#hash = createHash("sha256");
    this.bytes = 0;
  }

  ask(operation: number, request: Uint8Array): void {
    if (!OUTPUTS.has(operation)) return;
    const { fd, data } = argumentsOf(operation, request) ?? {};
    if (typeof fd === "number" && fd !== 1 && fd !== 2) return;
    if (!(data instanceof Uint8Array)) return;
    this.#hash.update(`${operation} ${fd} ${data.length}\n`).update(data);
    this.bytes += data.length;
  }

  digest(): string {
    return this.#hash.copy().digest("hex");
  }
}

/** What the recorded guest said. */
export const saidInTrace = (reader: TraceReader): Said => {
  const said = new Said();
  for (const { operation, request } of reader.records()) said.ask(operation, request);
  return said;
};

/** An engine that listens to what its guest says in its first `most` requests: as many as were recorded. */
export const listening = (engine: Engine, said: Said, most: number): Engine => ({
  name: engine.name,
  start: (options) => {
    said.begin();
    let asked = 0;
    return engine.start({
      ...options,
      serve: (request, answer) => {
        asked += 1;
        if (asked <= most) said.ask(request.number, request.bytes.subarray(request.start, request.end));
        return options.serve(request, answer);
      },
    });
  },
});
