import { Answer } from "../../../src/wire/answer.js";
import { ERRNO } from "../../../src/wire/errno.js";
import { HEADER_SIZE } from "../../../src/wire/frame.js";
import type { OperationShape } from "../../../src/wire/operations.js";
import { MAX_DATA, type Parameter } from "../../../src/wire/parameters.js";
import type { Serve } from "../../../src/wire/serve.js";

export type Value = number | bigint | string | Uint8Array;
export type Values = Readonly<Record<string, Value>>;

export interface Reply {
  /** The errno's name, or "ok"; "none" when the operation has no answer. */
  readonly errno: string;
  readonly signal: number;
  /** What is answered, by parameter: integers and bytes. */
  readonly results: Readonly<Record<string, number | bigint | Buffer>>;
}

const isLong = (kind: Parameter["kind"]): boolean => kind === "i64" || kind === "u64";

const bytesOf = (value: Value | undefined): Uint8Array =>
  value instanceof Uint8Array ? value : Buffer.from(typeof value === "string" ? value : "");

/** The guest's side of frames: marshals as its import stubs do, from the table alone. */
export class Frames {
  readonly #serve: Serve;
  readonly #dialect: 0 | 1;
  #sent: Buffer | undefined;
  readonly #answer = new Answer({
    send: (head, tails) => {
      this.#sent = Buffer.concat([head, ...tails]);
    },
  });

  /** `dialect`: whose errno numbers are answered, 0 Linux's or 1 WASI's. */
  constructor(serve: Serve, dialect: 0 | 1) {
    this.#serve = serve;
    this.#dialect = dialect;
  }

  async call(shape: OperationShape, args: Values): Promise<Reply> {
    const payload = this.#marshal(shape, args);
    const bytes = Buffer.concat([Buffer.alloc(HEADER_SIZE), payload]);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#sent = undefined;
    this.#answer.begin();
    const request = { number: shape.number, bytes, view, start: HEADER_SIZE, end: bytes.length };
    await this.#serve(request, this.#answer);
    return this.#unmarshal(shape);
  }

  #marshal(shape: OperationShape, args: Values): Buffer {
    const fixed: Buffer[] = [];
    const parts: Uint8Array[] = [];
    for (const [name, { kind }] of Object.entries(shape.parameters)) {
      const value = args[name];
      const word = Buffer.alloc(isLong(kind) ? 8 : 4);
      switch (kind) {
        case "i32":
          word.writeInt32LE(Number(value ?? 0));
          break;
        case "u32":
          word.writeUInt32LE(Number(value ?? 0));
          break;
        case "i64":
          word.writeBigInt64LE(BigInt(typeof value === "bigint" ? value : Number(value ?? 0)));
          break;
        case "u64":
          word.writeBigUInt64LE(BigInt(typeof value === "bigint" ? value : Number(value ?? 0)));
          break;
        case "bytes":
        case "gather":
        case "array": {
          const data = bytesOf(value);
          word.writeUInt32LE(data.length);
          parts.push(data);
          break;
        }
        case "buffer":
        case "filled":
        case "scatter":
        case "slots":
          word.writeUInt32LE(Math.min(MAX_DATA, Number(value ?? 64)));
          break;
        default:
          continue;
      }
      fixed.push(word);
    }
    return Buffer.concat([...fixed, ...parts]);
  }

  #unmarshal(shape: OperationShape): Reply {
    const frame = this.#sent;
    if (frame === undefined) return { errno: "none", signal: 0, results: {} };
    const number = frame.readUInt16LE(4);
    const signal = frame.readUInt8(6);
    if (frame.readUInt32LE(0) !== frame.length - HEADER_SIZE) throw new Error("a frame of the wrong length");
    if (number !== 0) return { errno: this.#errno(number), signal, results: {} };
    const results: Record<string, number | bigint | Buffer> = {};
    let at = HEADER_SIZE;
    const variable: [name: string, length: number][] = [];
    for (const [name, parameter] of Object.entries(shape.parameters)) {
      switch (parameter.kind) {
        case "out":
          if (parameter.shape === "integer" && parameter.size === 8)
            results[name] = frame.readBigUInt64LE(at);
          else if (parameter.shape === "integer")
            results[name] = frame.readUIntLE(at, Math.min(4, parameter.size));
          else results[name] = frame.subarray(at, at + parameter.size);
          at += parameter.size;
          break;
        case "count":
          results[name] = frame.readUInt32LE(at);
          at += 4;
          break;
        case "buffer":
        case "filled":
        case "scatter":
        case "slots":
        case "strings":
          variable.push([name, frame.readUInt32LE(at)]);
          at += 4;
          break;
        default:
      }
    }
    for (const [name, length] of variable) {
      results[name] = frame.subarray(at, at + length);
      at += length;
    }
    if (at !== frame.length) throw new Error(`${frame.length - at} bytes are left of an answer`);
    return { errno: "ok", signal, results };
  }

  #errno(number: number): string {
    for (const [name, numbers] of Object.entries(ERRNO)) if (numbers[this.#dialect] === number) return name;
    throw new Error(`an errno that is none: ${number}`);
  }
}
