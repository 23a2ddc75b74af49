import { isPromise } from "../wire/awaitable.js";
import { Errno } from "../wire/errno.js";
import { sallyport } from "../wire/operations.js";
import { thrownText } from "../wire/thrown.js";
import type { Awaitable, GuestOperationName } from "../wire/types.js";
import { ends, InterceptorError } from "./ending.js";
import type { Interceptors } from "./interception.js";
import { Stopwatch } from "./stopwatch.js";
import { resultsCheck } from "./validate.js";

/** Says which files an operation is about. */
export type Describe = (
  name: GuestOperationName,
  args: Readonly<Record<string, unknown>>,
) => Awaitable<{ readonly path: string | undefined; readonly to: string | undefined }>;

interface LooseOperation {
  readonly name: GuestOperationName;
  readonly args: object;
  readonly path: string | undefined;
  readonly to: string | undefined;
}

type LooseInterceptor = {
  call(operation: LooseOperation, next: (changes?: object) => Awaitable<unknown>): Awaitable<unknown>;
}["call"];

interface Layer {
  /** The interceptor's key, for messages. */
  readonly label: string;
  readonly intercept: LooseInterceptor;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** Names that interceptors can have: all operations but the guest runtime's own, whose numbers are below 16. */
const isGuestName = (name: string): name is GuestOperationName => guestNames.has(name);
const guestNames: ReadonlySet<string> = new Set(
  Object.entries(sallyport)
    .filter(([, { number }]) => number >= 16)
    .map(([name]) => name),
);

const sameKind = (a: unknown, b: unknown): boolean =>
  typeof a === typeof b && a instanceof Uint8Array === b instanceof Uint8Array;

/** Puts interceptors around handlers. */
export class Interception {
  readonly #all: readonly Interceptors[];
  readonly #describe: Describe;
  readonly #limit: number;

  /** `limit`: milliseconds that an interceptor may take for one operation, without what it waits for in `next`. */
  constructor(all: readonly Interceptors[], describe: Describe, limit: number) {
    this.#all = all;
    this.#describe = describe;
    this.#limit = limit;
  }

  /** The handler within its interceptors; the handler itself where it has none. */
  wrap<Args, Answer>(
    name: string,
    handler: (args: Args) => Awaitable<Answer>,
  ): (args: Args) => Awaitable<Answer> {
    if (!isGuestName(name)) return handler;
    const layers: Layer[] = [];
    for (const interceptors of this.#all) {
      const { "*": any, [name]: own } = interceptors;
      if (any !== undefined) layers.push({ label: "*", intercept: any });
      if (own !== undefined) layers.push({ label: name, intercept: own });
    }
    if (layers.length === 0) return handler;
    const check = resultsCheck(sallyport[name].parameters);
    const pass = (args: Args): Awaitable<Answer> => {
      if (!isRecord(args)) throw new TypeError(`arguments of ${name} that are no object`);
      const described = this.#describe(name, args);
      return isPromise(described)
        ? described.then((files) => this.#run(name, layers, 0, args, files, handler, check))
        : this.#run(name, layers, 0, args, described, handler, check);
    };
    return pass;
  }

  #run<Args, Answer>(
    name: GuestOperationName,
    layers: readonly Layer[],
    depth: number,
    args: Args,
    files: { readonly path: string | undefined; readonly to: string | undefined },
    handler: (args: Args) => Awaitable<Answer>,
    check: ReturnType<typeof resultsCheck>,
  ): Awaitable<Answer> {
    const layer = layers[depth];
    if (layer === undefined) return handler(args);
    const { label } = layer;
    if (!isRecord(args)) throw new TypeError(`arguments of ${name} that are no object`);
    const watch = new Stopwatch(this.#limit);
    /** What came from further in, and needs no check. */
    const from = new Set<unknown>();
    const fault = (what: string, options?: ErrorOptions): InterceptorError =>
      new InterceptorError(label, name, what, options);

    const next = (changes?: object): Awaitable<unknown> => {
      const changed = changes === undefined ? args : this.#changed(args, changes, fault);
      watch.pause();
      const back = <T>(value: T): T => {
        watch.resume();
        from.add(value);
        return value;
      };
      const failed = (error: unknown): never => {
        throw back(error);
      };
      try {
        const results = this.#run(name, layers, depth + 1, changed, files, handler, check);
        return isPromise(results) ? results.then(back, failed) : back(results);
      } catch (error) {
        return failed(error);
      }
    };
    const wrong = (error: unknown): unknown =>
      error instanceof Errno || ends(error) || from.has(error)
        ? error
        : fault(`threw ${thrownText(error)}`, { cause: error });
    const finish = (value: unknown): Answer => {
      const fits = (given: unknown): given is Answer => from.has(given) || check(given, args) === undefined;
      if (fits(value)) return value;
      throw fault(`answered ${check(value, args)}`);
    };
    let answer: Awaitable<unknown>;
    try {
      answer = layer.intercept({ name, args, ...files }, next);
    } catch (error) {
      throw wrong(error);
    }
    if (!isPromise(answer)) return finish(answer);
    const asked = answer;
    return new Promise<unknown>((resolve, reject) => {
      watch.watch(() => reject(fault(`took longer than ${this.#limit} ms`)));
      asked.then(resolve, (error: unknown) => reject(wrong(error)));
    })
      .finally(() => watch.stop())
      .then(finish);
  }

  #changed<Args>(args: Args, changes: object, fault: (what: string) => InterceptorError): Args {
    if (!isRecord(args)) return args;
    for (const [key, value] of Object.entries(changes)) {
      if (!Object.hasOwn(args, key)) throw fault(`changed an argument that is not there: ${key}`);
      if (!sameKind(args[key], value))
        throw fault(`changed the argument ${key} to something of another kind`);
    }
    return { ...args, ...changes };
  }
}
