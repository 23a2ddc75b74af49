/**
 * What the engine answers itself: a guest's first request, `hello`, and its last one when it traps, `died`.
 */
import { compileDecoder } from "../wire/decode.js";
import { breach, type Request } from "../wire/frame.js";
import { sallyport } from "../wire/operations.js";
import type { Serve } from "../wire/serve.js";
import { wasi } from "../wire/wasi-functions.js";
import type { DeathReason } from "./engine.js";

/** The protocol's version, which guest and controller must share. */
const PROTOCOL_VERSION = 1;

const decodeHello = compileDecoder("operation 1 (hello)", sallyport.hello.parameters);
const decodeDied = compileDecoder("operation 3 (died)", sallyport.died.parameters);

const REASONS: readonly DeathReason[] = [
  "other",
  "unreachable",
  "out of bounds",
  "integer arithmetic",
  "stack overflow",
  "indirect call",
];

export interface Death {
  readonly reason: DeathReason;
  readonly detail: bigint;
}

export interface Greeting {
  /** The image's SHA-256: 32 bytes; empty where the program has no image. */
  readonly image: Uint8Array;
  readonly greeted: () => void;
  readonly died: (death: Death) => void;
  /** The guest has said that it leaves, and with which status. */
  readonly leaves: (status: number) => void;
}

const checkHello = (request: Request, image: Uint8Array): void => {
  const hello = decodeHello(request);
  if (hello.version !== PROTOCOL_VERSION) {
    throw breach(`version ${hello.version} of the protocol, not ${PROTOCOL_VERSION}`);
  }
  if (Buffer.compare(hello.image, image) !== 0)
    throw breach("a greeting with another image than it was given");
};

/** `serve`, with `hello` and `died` in front of it, and an ear for the guest's leaving. */
export const greet = (serve: Serve, greeting: Greeting): Serve => {
  const { died, exit, hello } = sallyport;
  let greeted = false;
  return (request, answer) => {
    if (!greeted) {
      if (request.number !== hello.number) throw breach(`operation ${request.number} before hello`);
      checkHello(request, greeting.image);
      greeted = true;
      answer.send(8);
      greeting.greeted();
      return undefined;
    }
    if (request.number === hello.number) throw breach("hello a second time");
    if (request.number === died.number) {
      const { reason, detail } = decodeDied(request);
      answer.drop();
      greeting.died({ reason: REASONS[reason] ?? "other", detail });
      return undefined;
    }
    if (request.number === exit.number || request.number === wasi.proc_exit.number) {
      // What it carries is checked by `serve`; here it only matters where the process does not end by itself.
      if (request.end - request.start === 4)
        greeting.leaves(request.view.getUint32(request.start, true) & 0xff);
    }
    return serve(request, answer);
  };
};
