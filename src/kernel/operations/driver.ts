import { isPromise } from "../../wire/awaitable.js";
import type { Handlers } from "../../wire/types.js";
import type { Description } from "../description.js";
import type { Driver, DriverOperation } from "../driver.js";
import { StreamDescription } from "../stream.js";
import type { World } from "../world.js";

/** The operations that the session answers. */
export const driverOperations = (
  world: World,
  driver: Driver,
): Pick<Handlers, DriverOperation | "completions"> => {
  const { descriptors } = world;
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
      return isPromise(answer) ? world.waits.for(answer) : answer;
    },
    start: (args) => driver.start(args),
    answer: (args) => driver.answer(args),
    completions: () => {
      for (const [fd, description] of descriptors.all()) {
        if (description === world.completions) return { fd };
      }
      descriptors.room();
      // Closed with programs that this one would start: they are not the ones who started the calls.
      return { fd: descriptors.add(openCompletions(world, driver), true) };
    },
  };
};

/** The stream of completions, opened. */
export const openCompletions = (world: World, driver: Driver): Description => {
  world.completions = new StreamDescription(driver.completions(), 0, world.anonymous("fifo"), world.waits);
  return world.completions;
};
