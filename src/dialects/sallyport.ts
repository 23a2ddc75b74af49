import type { Kernel } from "../kernel/kernel.js";
import { linuxErrno } from "../wire/errno.js";
import { sallyport } from "../wire/operations.js";
import { createServer, type Server } from "../wire/serve.js";

/**
 * The dialect of module `sallyport`: the kernel's own operations, with Linux's errnos.
 *
 * What a handler throws that is no errno ends the guest: serving rejects with it.
 */
export const sallyportDialect = (kernel: Kernel): Server =>
  createServer(sallyport, kernel.operations, {
    errno: linuxErrno,
    takeSignal: () => kernel.takeSignal(),
    failed: (_operation, error) => {
      throw error;
    },
  });
