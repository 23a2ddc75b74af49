import type { Handlers } from "../../wire/types.js";
import type { Driver, DriverOperation } from "../driver.js";
import { pending } from "../steps.js";
import { StreamDescription } from "../stream.js";
import type { World } from "../world.js";

/** The operations that the session answers. */
export const driverOperations = (
  world: World,
  driver: Driver,
): Pick<Handlers, DriverOperation | "completions"> => {
  const { descriptors } = world;
  let installed: { readonly fd: number; readonly stream: StreamDescription } | undefined;
  return {
    hello: (args) => driver.hello(args),
    next: (args) => driver.next(args),
    died: (args) => driver.died(args),
    save_page: (args) => driver.save_page(args),
    save_state: (args) => driver.save_state(args),
    load_page: (args) => driver.load_page(args),
    load_state: (args) => driver.load_state(args),
    command: (args) => driver.command(args),
    report: (args) => driver.report(args),
    call: (args) => {
      const answer = driver.call(args);
      return pending(answer) ? world.waits.for(answer) : answer;
    },
    start: (args) => driver.start(args),
    answer: (args) => driver.answer(args),
    completions: () => {
      if (installed !== undefined && descriptors.has(installed.fd)) {
        if (descriptors.get(installed.fd) === installed.stream) return { fd: installed.fd };
      }
      descriptors.room();
      const stream = new StreamDescription(driver.completions(), 0, world.anonymous("fifo"), world.waits);
      // Not in the way of the descriptors that programs count on.
      const fd = descriptors.add(stream, true);
      installed = { fd, stream };
      return { fd };
    },
  };
};
