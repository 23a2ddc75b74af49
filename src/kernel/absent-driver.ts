import { Errno } from "../wire/errno.js";
import type { Driver } from "./driver.js";

const absent = (): never => {
  throw new Errno("ENOSYS");
};

/** The driver of guests that are not driven: programs that run from their start to their end. */
export const absentDriver: Driver = {
  hello: absent,
  next: absent,
  died: absent,
  save_page: absent,
  save_state: absent,
  load_page: absent,
  load_state: absent,
  command: absent,
  report: absent,
  call: absent,
  start: absent,
  answer: absent,
  completions: absent,
};
