import { Environment } from "./environment.js";
import type { Request } from "./request2.js";

const MAX_NAME = 1024;

interface Known {
  readonly environment: Environment;
  readonly addresses: Map<string, bigint>;
}

const known = new WeakMap<object, Known>();

/** getenv(3): the strings stay where they are for the life of the child, as C promises. */
export async function getenv(request: Request): Promise<bigint> {
  let state = known.get(request.memory);
  if (state === undefined) {
    state = { environment: new Environment(request.calls), addresses: new Map() };
    known.set(request.memory, state);
  }
  const name = await request.memory.string(request.pointer(0), MAX_NAME);
  const key = name.toString("latin1");
  const before = state.addresses.get(key);
  if (before !== undefined) return before;
  const value = await state.environment.get(name);
  if (value === null) return 0n;
  const address = await request.memory.allocate(Buffer.concat([value, Buffer.alloc(1)]));
  state.addresses.set(key, address);
  return address;
}
