import { Errno } from "../../wire/errno.js";
import { ascii, type Implementation, int } from "./implementation1.js";
import { strerror } from "./strerror.js";

const status =
  (of: (status: number) => number | boolean): Implementation =>
  (_, args) => {
    const answer = of(args.int(0));
    return typeof answer === "boolean" ? answer : int(answer);
  };

const SYSCONF = new Map([
  [2, 100],
  [4, 50],
  [30, 4096],
  [83, 1],
  [84, 1],
]);

/** Functions that need no kernel: what they answer is always the same. */
export const facts: Readonly<Record<string, Implementation>> = {
  strerror: (_, a) => ascii(strerror(a.int(0))),
  ctermid: () => ascii("/dev/tty"),
  confstr: () => null,
  sysconf: (_, a) => int(SYSCONF.get(a.int(0)) ?? -1),
  getloadavg: () => ({ tuple: [0, 0, 0] }),
  major: (_, a) => int((a.int(0) >>> 8) & 0xfff),
  minor: (_, a) => int((a.int(0) & 0xff) | ((a.int(0) >>> 12) & 0xfff00)),
  makedev: (_, a) => int(((a.int(0) & 0xfff) << 8) | (a.int(1) & 0xff) | ((a.int(1) & 0xfff00) << 12)),
  WCOREDUMP: status((s) => (s & 0x80) !== 0),
  WEXITSTATUS: status((s) => (s >> 8) & 0xff),
  WIFCONTINUED: status((s) => s === 0xffff),
  WIFEXITED: status((s) => (s & 0x7f) === 0),
  WIFSIGNALED: status((s) => (((s & 0x7f) + 1) << 24) >> 25 > 0),
  WIFSTOPPED: status((s) => (s & 0xff) === 0x7f),
  WSTOPSIG: status((s) => (s >> 8) & 0xff),
  WTERMSIG: status((s) => s & 0x7f),
  waitpid: () => {
    throw new Errno("ECHILD");
  },
};
