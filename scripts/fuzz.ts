/**
 * A long mutation fuzz of what reads the guest's bytes: `npm run fuzz -- [seconds] [seed]`.
 *
 * Three targets, by turns. The decoder: any payload is refused, or is exactly what its meaning encodes to. The server:
 * no payload makes handlers see values beyond their bounds, or anything but ProtocolError come out. The channel: any
 * bytes in any chunks are served or end it, once, and nothing is served after.
 */
import { PassThrough } from "node:stream";
import * as fc from "fast-check";
import { ProtocolError } from "../src/errors.js";
import type { Answer } from "../src/wire/answer.js";
import { Channel } from "../src/wire/channel.js";
import { compileDecoder } from "../src/wire/decode.js";
import { Errno, linuxErrno } from "../src/wire/errno.js";
import type { Request } from "../src/wire/frame.js";
import { type OperationShape, sallyport } from "../src/wire/operations.js";
import { MAX_DATA } from "../src/wire/parameters.js";
import { wasi } from "../src/wire/wasi-functions.js";
import { argumentsOf, encodeArguments, frame, requestOf, type Values } from "../test/support/requests.js";
import { generator } from "./random.js";

const seconds = Number(process.argv[2] ?? 60);
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31) >>> 0;
const { below: random, pick } = generator(seed);

interface Target {
  readonly name: string;
  readonly shape: OperationShape;
  readonly decode: (request: Request) => Values;
  readonly corpus: readonly Buffer[];
}

const targets: readonly Target[] = Object.entries({ ...sallyport, ...wasi }).map(([name, shape]) => {
  const parameters: OperationShape["parameters"] = shape.parameters;
  const decoder = compileDecoder(name, parameters);
  const honest = fc.sample(argumentsOf(parameters), { numRuns: 40, seed });
  return {
    name,
    shape,
    decode: (request) => ({ ...decoder(request) }) as Values,
    corpus: honest.map((values) => encodeArguments(parameters, values)),
  };
});

const INTERESTING = [
  0,
  1,
  2,
  3,
  4,
  7,
  8,
  0x7f,
  0x80,
  0xff,
  0xfff,
  0x1000,
  MAX_DATA - 1,
  MAX_DATA,
  MAX_DATA + 1,
];
const WORDS = [...INTERESTING, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff];

const mutate = (source: Buffer): Buffer => {
  let bytes = Buffer.from(source);
  for (let count = random(4); count > 0; count--) {
    const at = bytes.byteLength > 0 ? random(bytes.byteLength) : 0;
    switch (random(6)) {
      case 0:
        if (bytes.byteLength > 0) bytes[at] = random(256);
        break;
      case 1:
        if (at + 4 <= bytes.byteLength) bytes.writeUInt32LE(WORDS[random(WORDS.length)] ?? 0, at - (at % 4));
        break;
      case 2:
        bytes = bytes.subarray(0, at);
        break;
      case 3:
        bytes = Buffer.concat([bytes, Buffer.alloc(random(16), random(256))]);
        break;
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random(8))]);
        break;
      default:
        if (bytes.byteLength > 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
    }
  }
  return bytes;
};

const fail = (what: string, bytes: Uint8Array): never => {
  console.error(`${what}\nseed ${seed}, bytes ${Buffer.from(bytes).toString("hex")}`);
  process.exit(1);
};

let accepted = 0;
let refused = 0;
const fuzzDecoder = (): void => {
  const { name, shape, decode, corpus } = pick(targets);
  const payload = mutate(pick(corpus));
  try {
    const values = decode(requestOf(shape.number, payload));
    if (!encodeArguments(shape.parameters, values).equals(payload))
      fail(`${name}: decoded to something else`, payload);
    accepted++;
  } catch (error) {
    if (!(error instanceof ProtocolError || error instanceof Errno))
      fail(`${name}: ${String(error)}`, payload);
    refused++;
  }
};

let streams = 0;
let served = 0;
const fuzzChannel = async (): Promise<void> => {
  const input = new PassThrough();
  const output = new PassThrough();
  output.resume();
  let ended = 0;
  let calls = 0;
  const serve = (request: Request, answer: Answer): undefined => {
    if (ended > 0) fail("served after its end", new Uint8Array(0));
    if (request.end > request.bytes.byteLength || request.start > request.end)
      fail("a window out of bounds", request.bytes);
    calls++;
    answer.fail(linuxErrno("ENOSYS"));
  };
  const failed = (error: unknown): void => {
    ended++;
    if (!(error instanceof ProtocolError) || ended > 1) fail(String(error), new Uint8Array(0));
  };
  const channel = new Channel({ input, output, serve: (request, answer) => serve(request, answer), failed });
  for (let frames = 1 + random(6); frames > 0; frames--) {
    const { shape, corpus } = pick(targets);
    let bytes = frame(shape.number, pick(corpus));
    if (random(3) === 0) bytes = mutate(bytes);
    for (let at = 0; at < bytes.byteLength; ) {
      const size = random(3) === 0 ? 1 + random(9) : bytes.byteLength;
      input.write(bytes.subarray(at, at + size));
      at += size;
      if (random(2) === 0) await new Promise(setImmediate);
    }
    await new Promise(setImmediate);
  }
  channel.close();
  streams++;
  served += calls;
};

const begun = Date.now();
while (Date.now() - begun < seconds * 1000) {
  for (let count = 0; count < 5000; count++) fuzzDecoder();
  for (let count = 0; count < 20; count++) await fuzzChannel();
}
const inputs = accepted + refused;
console.log(
  `${inputs} payloads (${accepted} accepted, ${refused} refused), ${streams} streams (${served} requests served)`,
);
console.log(`${Math.round((Date.now() - begun) / 1000)} s, seed ${seed}, no failure`);
