import { Errno, linuxErrno } from "../../wire/errno.js";
import { Arguments, BadArguments } from "./arguments.js";
import type { Calls } from "./calls.js";
import { Environment } from "./environment.js";
import { catchesErrno, functionNamed, isExit } from "./functions1.js";
import type { World } from "./implementation1.js";
import { MarshalError, type MarshalLimits, type Marshalled, MarshalReader, marshal } from "./marshal.js";
import type { Speaker, SpeakerEvents } from "./speaker.js";

/** Exceptions that an answer may raise in the child, by their code. */
const RUNTIME_ERROR = 9;
const LONGEST_NAME = 200;

/**
 * Version 1 of RPython's sandbox: a marshalled name and a marshalled tuple of arguments; then one answer.
 *
 * Source: rpython/translator/sandbox/rsandbox.py and sandlib.py of PyPy.
 */
export class Version1 implements Speaker {
  readonly #world: World;
  readonly #events: SpeakerEvents;
  readonly #reader: MarshalReader;
  #name: string | undefined;
  #busy = false;

  constructor(calls: Calls, events: SpeakerEvents, limits: Partial<MarshalLimits> = {}) {
    this.#world = { calls, environment: new Environment(calls) };
    this.#events = events;
    this.#reader = new MarshalReader(limits);
  }

  feed(chunk: Uint8Array): void {
    try {
      this.#take(chunk);
    } catch (error) {
      if (!(error instanceof MarshalError)) throw error;
      this.#events.violation(error.message);
    }
  }

  #take(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length; ) {
      if (this.#busy) {
        this.#events.violation(
          `a request before the answer to the last one at offset ${this.#reader.offset}`,
        );
        return;
      }
      const { value, at } = this.#reader.take(chunk, from);
      from = at;
      if (value === undefined) return;
      if (this.#name === undefined) this.#name = this.#functionName(value);
      else this.#request(this.#name, value);
    }
  }

  #functionName(value: Marshalled): string {
    if (!(value instanceof Uint8Array) || value.length > LONGEST_NAME || !/^[\w.]+$/.test(latin1(value))) {
      throw new MarshalError("no function name", this.#reader.offset);
    }
    return latin1(value);
  }

  #request(name: string, value: Marshalled): void {
    if (typeof value !== "object" || value === null || !("tuple" in value)) {
      throw new MarshalError("the arguments are no tuple", this.#reader.offset);
    }
    this.#busy = true;
    void this.#answer(name, new Arguments(value.tuple)).then(
      (answer) => {
        this.#name = undefined;
        this.#busy = false;
        if (answer !== undefined) this.#events.send(answer);
      },
      (error: unknown) => this.#events.failed(error),
    );
  }

  async #answer(name: string, args: Arguments): Promise<Uint8Array | undefined> {
    try {
      if (isExit(name)) {
        this.#events.exit(args.int(0) & 0xff);
        return undefined;
      }
      const implementation = functionNamed(name);
      if (implementation === undefined) {
        this.#events.unknown(name);
        return marshal({ int32: RUNTIME_ERROR });
      }
      const result = await implementation(this.#world, args);
      return Buffer.concat([marshal({ int32: 0 }), marshal(result)]);
    } catch (error) {
      if (error instanceof BadArguments) return marshal({ int32: RUNTIME_ERROR });
      if (!(error instanceof Errno)) throw error;
      if (!catchesErrno(name)) return marshal({ int32: RUNTIME_ERROR });
      return Buffer.concat([marshal({ int32: 1 }), marshal({ int32: linuxErrno(error.code) })]);
    }
  }
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
