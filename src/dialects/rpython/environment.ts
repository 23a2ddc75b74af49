import { Errno } from "../../wire/errno.js";
import { type Calls, strings, whole } from "./calls.js";

const MAX_VARIABLES = 10_000;
/** Bytes that the child may hold beyond what it was given. */
const ROOM = 1 << 20;

/** The child's environment: the kernel's, with what the child has put and unset. */
export class Environment {
  readonly #calls: Calls;
  #variables: Map<string, Uint8Array> | undefined;
  #room = ROOM;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  async get(name: Uint8Array): Promise<Uint8Array | null> {
    return (await this.#all()).get(key(name)) ?? null;
  }

  async items(): Promise<[Uint8Array, Uint8Array][]> {
    return [...(await this.#all())].map(([name, value]) => [Buffer.from(name, "latin1"), value]);
  }

  async put(name: Uint8Array, value: Uint8Array): Promise<void> {
    const all = await this.#all();
    if (name.length === 0 || name.includes(61) || name.includes(0)) throw new Errno("EINVAL");
    const before = all.get(key(name));
    const room = this.#room + size(name, before) - size(name, value);
    if (room < 0 || (before === undefined && all.size >= MAX_VARIABLES)) throw new Errno("ENOMEM");
    this.#room = room;
    all.set(key(name), Uint8Array.from(value));
  }

  async unset(name: Uint8Array): Promise<void> {
    const all = await this.#all();
    this.#room += size(name, all.get(key(name)));
    all.delete(key(name));
  }

  async #all(): Promise<Map<string, Uint8Array>> {
    if (this.#variables === undefined) {
      const variables = new Map<string, Uint8Array>();
      for (const item of strings(await whole((args) => this.#calls.environment(args)))) {
        const equals = item.indexOf(61, 1);
        if (equals > 0) variables.set(key(item.subarray(0, equals)), item.subarray(equals + 1));
      }
      this.#variables = variables;
    }
    return this.#variables;
  }
}

const size = (name: Uint8Array, value: Uint8Array | undefined): number =>
  value === undefined ? 0 : name.length + value.length;

const key = (name: Uint8Array): string => Buffer.from(name).toString("latin1");
