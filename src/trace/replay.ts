import { chooseEngine } from "../engine/choose.js";
import type { End, Engine } from "../engine/engine.js";
import { ARTIFACTS, findPrebuilt } from "../engine/prebuilt.js";
import { HEADER_SIZE } from "../wire/frame.js";
import type { Serve } from "../wire/serve.js";
import { type Decoded, decodeRecord } from "./decode.js";
import { TraceError, type TraceRecord } from "./format.js";
import { TraceReader } from "./reader.js";

export interface ReplayOptions {
  /** Default: the best that is there; it need not be the one that was recorded on. */
  readonly engine?: Engine;
  /** Stop before this record. Default: at the end. */
  readonly until?: number;
  /** Told of every record that was asked for again. */
  readonly onRecord?: (record: TraceRecord) => void;
  /** Replay although the guest's image is another one. Default: refuse. */
  readonly anyImage?: boolean;
}

export type Replayed =
  /** The guest asked for the same, to the byte, to the end of the trace. */
  | { readonly kind: "same"; readonly operations: number; readonly end: End | undefined }
  /** It was stopped before `until`. */
  | { readonly kind: "stopped"; readonly operations: number }
  /** It asked for something else than the trace has. */
  | {
      readonly kind: "different";
      readonly operations: number;
      readonly recorded: Decoded;
      readonly asked: Decoded;
    }
  /** It ended before the trace does. */
  | { readonly kind: "ended"; readonly operations: number; readonly end: End };

/**
 * Runs a guest again from a trace alone: everything it asks for is answered as it was then. No file, clock, network or function
 * of this machine takes part.
 *
 * @throws TraceError for a damaged or redacted trace, one of another image, or one that was not of Python
 */
export const replay = async (file: string, options: ReplayOptions = {}): Promise<Replayed> => {
  using reader = new TraceReader(file);
  checkImage(reader, options);
  const records = reader.records();
  const until = options.until ?? Number.POSITIVE_INFINITY;
  let operations = 0;
  let finish: (how: Replayed) => void = () => {};
  let fail: (error: unknown) => void = () => {};
  const finished = new Promise<Replayed>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  const never = new Promise<void>(() => {});

  const serve: Serve = (request, answer) => {
    if (operations >= until) {
      finish({ kind: "stopped", operations });
      return never;
    }
    const next = records.next();
    if (next.done === true) {
      finish({ kind: "same", operations, end: undefined });
      return never;
    }
    const record = next.value;
    if (record.redacted)
      throw new TraceError(`record ${record.index} is redacted: this trace cannot be replayed`);
    const asked = request.bytes.subarray(request.start, request.end);
    if (record.operation !== request.number || !asked.equals(record.request)) {
      finish({
        kind: "different",
        operations,
        recorded: decodeRecord(record),
        asked: decodeRecord({ operation: request.number, request: new Uint8Array(asked), answer: undefined }),
      });
      return never;
    }
    operations += 1;
    options.onRecord?.(record);
    if (record.answer === undefined) {
      answer.drop();
      return undefined;
    }
    const { errno, signal, payload } = record.answer;
    if (errno !== 0) answer.fail(errno, signal);
    else answer.send(HEADER_SIZE, [payload], signal);
    return undefined;
  };

  const engine = options.engine ?? chooseEngine();
  await using guest = await engine.start({ memory: reader.header.memory, serve });
  guest.ended.then((end) => {
    if (end.kind === "failed") fail(end.error);
    else finish(atEnd(records, operations, end));
  }, fail);
  return await finished;
};

/** What it means that the guest ended after so many operations. */
const atEnd = (records: Generator<TraceRecord, void>, operations: number, end: End): Replayed =>
  records.next().done === true ? { kind: "same", operations, end } : { kind: "ended", operations, end };

const checkImage = ({ header }: TraceReader, { anyImage = false }: ReplayOptions): void => {
  if (header.program !== "python")
    throw new TraceError(`a trace of ${JSON.stringify(header.program)}, not of Python`);
  if (anyImage) return;
  const image = Buffer.from(findPrebuilt().artifact(ARTIFACTS.image).sha256).toString("hex");
  if (header.image !== image) {
    throw new TraceError(
      `the trace is of the image ${header.image.slice(0, 12)}…, this package has ${image.slice(0, 12)}…`,
    );
  }
};
