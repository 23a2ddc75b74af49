import { O_DIRECTORY } from "../kernel/flags.js";
import type { Kernel } from "../kernel/kernel.js";
import { wasiErrno } from "../wire/errno.js";
import { createServer, type Server } from "../wire/serve.js";
import type { WasiHandlers } from "../wire/types.js";
import { wasi } from "../wire/wasi-functions.js";
import { type Context, context, type Preopen } from "./wasi/context.js";
import { descriptorFunctions } from "./wasi/descriptors.js";
import { pathFunctions } from "./wasi/paths.js";
import { systemFunctions } from "./wasi/system.js";

export type { Preopen } from "./wasi/context.js";

/** All 46 functions of WASI preview 1, on a kernel. */
const wasiHandlers = (of: Context): WasiHandlers => ({
  ...descriptorFunctions(of),
  ...pathFunctions(of),
  ...systemFunctions(of),
});

/**
 * The dialect of module `wasi_snapshot_preview1`. The directories of `preopens` are opened for the program, in
 * their order, as the next free descriptors (from 3 on).
 *
 * proc_raise of a signal that ends a program makes serving reject with `Exit` (128 + the signal); what else a handler
 * throws that is no errno ends the guest, too.
 * @throws Errno for a preopen that is no directory, or that the guest's user may not read
 */
export const wasiDialect = async (
  kernel: Kernel,
  preopens: readonly Preopen[] = [{ name: "/", path: "/" }],
): Promise<Server> => {
  const of = context(kernel);
  for (const { name, path } of preopens) {
    const { fd } = await kernel.operations.open({ at: -100, path, flags: O_DIRECTORY, mode: 0 });
    of.preopened.set(kernel.description(fd), Buffer.from(name));
  }
  return createServer(wasi, wasiHandlers(of), {
    errno: wasiErrno,
    takeSignal: () => kernel.takeSignal(),
    failed: (_operation, error) => {
      throw error;
    },
  });
};
