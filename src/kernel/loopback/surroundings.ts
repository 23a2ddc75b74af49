import type { StatRecord } from "../../wire/records.js";
import type { Waits } from "../waits.js";

/** What sockets of the loopback have of the kernel. */
export interface Surroundings {
  readonly waits: Waits;
  /** Attributes of a new socket. */
  stat(): StatRecord;
}
