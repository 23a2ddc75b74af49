/**
 * A dialect's machine: from a table and its handlers to a function that serves requests.
 *
 * A handler that answers at once is served without a promise, so that the answer is on its way before the
 * function returns.
 */
import { ProtocolError } from "../errors.js";
import type { Answer } from "./answer.js";
import { type Awaitable, isPromise } from "./awaitable.js";
import { compileDecoder, type Decoder } from "./decode.js";
import { compileEncoder, type Encoder } from "./encode.js";
import { Errno, type ErrnoName } from "./errno.js";
import { breach, type Request } from "./frame.js";
import type { OperationShape } from "./operations.js";
import type { Parameters } from "./parameters.js";
import type { ArgumentsOf, HandlersOf, ResultsOf } from "./types.js";

/**
 * Serves one request: fills and sends `answer`, or returns a promise of that.
 *
 * @throws ProtocolError (or rejects with it) when the request is none; the guest must then be killed.
 */
export type Serve = (request: Request, answer: Answer) => Promise<void> | undefined;

/** Functions that serve, by operation number. */
export type Server = ReadonlyMap<number, Serve>;

export interface ServerOptions {
  /** An errno's number in this dialect: `linuxErrno` or `wasiErrno`. */
  readonly errno: (name: ErrnoName) => number;
  /** Asked at every answer: a signal (1 to 63) to trip in the guest before it goes on, or 0. Default: none ever. */
  readonly takeSignal?: () => number;
  /**
   * Called with what a handler threw that is no `Errno`, and with results that do not fit the table.
   * Gives the errno that the guest sees. Default: EIO. May throw to end the guest.
   */
  readonly failed?: (operation: string, error: unknown) => ErrnoName;
}

type Table<T> = { readonly [N in keyof T]: OperationShape };

const serveOne = <P extends Parameters>(
  name: string,
  shape: OperationShape & { readonly parameters: P },
  handle: (args: ArgumentsOf<P>) => Awaitable<ResultsOf<P>>,
  { errno, takeSignal = () => 0, failed = () => "EIO" }: ServerOptions,
): Serve => {
  const label = `operation ${shape.number} (${name})`;
  // A guest uses few of the operations: each is compiled when it is first asked for.
  let compiled: { readonly decode: Decoder<P>; readonly encode: Encoder<P> } | undefined;
  const codec = () => {
    compiled ??= {
      decode: compileDecoder(label, shape.parameters),
      encode: compileEncoder(label, shape.parameters),
    };
    return compiled;
  };
  const final = shape.final === true;

  const refuse = (answer: Answer, error: unknown): void => {
    if (error instanceof ProtocolError) throw error;
    const code = error instanceof Errno ? error.code : failed(name, error);
    if (final) answer.drop();
    else answer.fail(errno(code), takeSignal());
  };

  const finish = (answer: Answer, args: ArgumentsOf<P>, results: ResultsOf<P>): void => {
    if (final) answer.drop();
    else codec().encode(answer, args, results, takeSignal());
  };

  const later = async (
    answer: Answer,
    args: ArgumentsOf<P>,
    promise: PromiseLike<ResultsOf<P>>,
  ): Promise<void> => {
    try {
      finish(answer, args, await promise);
    } catch (error) {
      refuse(answer, error);
    }
  };

  return (request, answer) => {
    try {
      const args = codec().decode(request);
      const results = handle(args);
      if (isPromise(results)) return later(answer, args, results);
      finish(answer, args, results);
    } catch (error) {
      refuse(answer, error);
    }
    return undefined;
  };
};

/** Serves the operations of a table by the handlers of the same names. */
export const createServer = <T extends Table<T>>(
  table: T,
  handlers: HandlersOf<T>,
  options: ServerOptions,
): Server => {
  const server = new Map<number, Serve>();
  const add = <N extends keyof T & string>(name: N): void => {
    const shape: OperationShape & { readonly parameters: T[N]["parameters"] } = table[name];
    // Called as a method, so that handlers may be methods of a class.
    server.set(
      shape.number,
      serveOne(name, shape, (args) => handlers[name](args), options),
    );
  };
  for (const name in table) add(name);
  return server;
};

/** One function for several dialects. A request with a number of none is a breach of protocol. */
export const joinServers = (...servers: readonly Server[]): Serve => {
  const byNumber: (Serve | undefined)[] = [];
  for (const server of servers) for (const [number, serve] of server) byNumber[number] = serve;
  return (request, answer) => {
    const serve = byNumber[request.number];
    if (serve === undefined) throw breach(`unknown operation ${request.number}`);
    return serve(request, answer);
  };
};

/** A server that is still being made while its guest starts: requests that come before `open` wait for it. */
export const lateServer = (): { readonly serve: Serve; readonly open: (serve: Serve) => void } => {
  let opened: Serve | undefined;
  let tell: (serve: Serve) => void = () => undefined;
  const opening = new Promise<Serve>((resolve) => {
    tell = resolve;
  });
  return {
    serve: (request, answer) =>
      opened === undefined ? opening.then((serve) => serve(request, answer)) : opened(request, answer),
    open: (serve) => {
      opened = serve;
      tell(serve);
    },
  };
};
