import { linuxErrno } from "../../src/wire/errno.js";
import { sallyport } from "../../src/wire/operations.js";
import { createServer, type Server } from "../../src/wire/serve.js";

const { load_page, load_state, next, save_page, save_state } = sallyport;

/** What a guest is told to do. */
export const VERB = { leave: 0, run: 1, snapshot: 2, restore: 3 } as const;

/** A guest's memory, as it handed it over. */
export interface SavedState {
  readonly pages: [bigint, Buffer][];
  size: number;
  globals: Buffer;
}

export const noState = (): SavedState => ({ pages: [], size: 0, globals: Buffer.alloc(0) });

/** Serves the runtime's own operations: the verbs one by one, then leaving with this status. Memory comes from the state, and goes to it. */
export const verbServer = (verbs: number[], state: SavedState, status = 0n): Server => {
  const pages = [...state.pages];
  return createServer(
    { load_page, load_state, next, save_page, save_state },
    {
      next: () => ({ verb: verbs.shift() ?? VERB.leave, argument: status }),
      save_page: ({ address, bytes }) => void state.pages.push([address, Buffer.from(bytes)]),
      save_state: ({ pages: size, globals }) => {
        state.size = size;
        state.globals = Buffer.from(globals);
      },
      load_page: () => {
        const [address, bytes] = pages.shift() ?? [0n, Buffer.alloc(0)];
        return { address, bytes };
      },
      load_state: () => ({ pages: state.size, globals: state.globals }),
    },
    { errno: linuxErrno },
  );
};
