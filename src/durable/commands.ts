import { createHash } from "node:crypto";
import { DurableError } from "../errors.js";
import type { HostSide } from "../kernel/host.js";
import { ITEM } from "./format.js";
import type { Tape } from "./tape.js";

/** A side that tells what its command means, whatever goes along with it. */
export interface CommandingSide extends HostSide {
  /** What is to be done, as bytes; undefined where that does not matter. */
  action(): Uint8Array | undefined;
}

const HASH = 32;
const ANY = Buffer.alloc(HASH);

const hashOf = (action: Uint8Array | undefined): Buffer =>
  action === undefined ? ANY : createHash("sha256").update(action).digest();

/** The commands of runs. One that was begun goes on as it was begun; it must be the same. */
export class Commands {
  readonly #tape: Tape;
  #command: Uint8Array | undefined;

  constructor(tape: Tape) {
    this.#tape = tape;
  }

  /** The next one is another's. */
  next(): void {
    this.#command = undefined;
  }

  /** The command; it is asked for in parts, of which the first is the one that counts. */
  get(side: CommandingSide): Uint8Array {
    if (this.#command !== undefined) return this.#command;
    const recorded = this.#tape.take(ITEM.command);
    const hash = hashOf(side.action());
    const command = side.command();
    this.#command = command;
    if (recorded === undefined) {
      this.#tape.put(ITEM.command, (body) => body.raw(hash).data(command));
      return command;
    }
    const before = recorded.raw(HASH);
    this.#command = new Uint8Array(recorded.data());
    recorded.end();
    if (!before.equals(hash) && !before.equals(ANY) && !hash.equals(ANY)) {
      throw this.#tape.fail(
        new DurableError(
          "different",
          "another run than this one is not finished: give the same code and variables to continue it, or begin anew in another directory",
        ),
      );
    }
    return this.#command;
  }
}
