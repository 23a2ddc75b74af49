/**
 * A guest process that was taken over from within: it starts as it should, takes commands, and answers those whose
 * source names one of its behaviours as no sound driver would. It stands in place of the native guest's executable.
 */
import { answer, frame, send, u32 } from "./frames.mjs";

const OP = {
  hello: 1,
  next: 2,
  died: 3,
  save: 4,
  saveState: 5,
  loadPage: 6,
  open: 16,
  read: 49,
  write: 50,
  exit: 107,
};
const DRIVER = { command: 160, report: 161, call: 162, start: 163, answer: 164 };
const RESULT = Buffer.from("\xa2\x66status\x62ok\x67dropped\x80", "latin1");

const request = (number, ...parts) => send(frame(number, Buffer.concat(parts)));
const ask = (number, ...parts) => {
  request(number, ...parts);
  return answer();
};

const report = (kind, bytes, last = 1) => ask(DRIVER.report, u32(kind, last, bytes.length), bytes);
const done = () => report(1, RESULT);
const write = (fd, bytes) => ask(OP.write, u32(fd, bytes.length), bytes);
const open = (path, flags) => {
  const bytes = Buffer.from(path);
  return ask(OP.open, u32(-100, bytes.length, flags, 0o644), bytes);
};
/** The start of a CBOR item: major type and length, as long as it can be. */
const head = (major, length) => {
  const bytes = Buffer.alloc(9);
  bytes[0] = (major << 5) | 27;
  bytes.writeBigUInt64BE(length, 1);
  return bytes;
};
const text = (value) => Buffer.concat([Buffer.of(0x78, Buffer.byteLength(value)), Buffer.from(value)]);
const map = (...entries) => Buffer.concat([Buffer.of(0xa0 | (entries.length / 2)), ...entries]);
const CALL = map(text("kind"), text("call"), text("name"), text("nothing"), text("args"), Buffer.of(0x80));

const behaviours = {
  "reports garbage": () => report(1, Buffer.from("not cbor at all")),
  "reports nothing": () => report(1, Buffer.alloc(0)),
  "reports another kind": () => report(77, RESULT),
  "reports twice": () => {
    done();
    done();
  },
  "ends without a result": () => undefined,
  "reports endless depth": () => report(1, Buffer.alloc(1 << 20, 0x81)),
  "reports giant arrays": () => report(1, head(4, 2n ** 40n)),
  "reports giant text": () => report(1, head(3, 2n ** 63n)),
  "reports a prototype": () =>
    report(
      1,
      map(
        text("status"),
        text("ok"),
        text("dropped"),
        Buffer.of(0x80),
        text("__proto__"),
        map(text("ok"), text("no")),
      ),
    ),
  "reports an error of escapes": () =>
    report(
      1,
      map(
        text("status"),
        text("error"),
        text("dropped"),
        Buffer.of(0x80),
        text("error"),
        map(text("type"), Buffer.of(0x80)),
      ),
    ),
  "drops what it never had": () =>
    report(1, Buffer.concat([RESULT.subarray(0, -1), Buffer.of(0x82, 0x01, 0x1b), Buffer.alloc(8, 0xff)])),
  "displays garbage": () => report(2, Buffer.of(0xff)),
  "calls garbage": () => ask(DRIVER.call, u32(1, 3, 1 << 20), Buffer.of(1, 2, 3)),
  "starts garbage": () => ask(DRIVER.start, u32(1, 3), Buffer.of(1, 2, 3)),
  "saves unasked": () => {
    for (let count = 0; count < 300; count++) {
      const address = u32(count * 65_536, 0);
      ask(OP.save, address, u32(1 << 20), Buffer.alloc(1 << 20));
    }
  },
  "restores unasked": () => ask(OP.loadPage, u32(1 << 20)),
  "keeps silent at a snapshot": () => {
    atSnapshot = () => {
      ask(OP.save, u32(0, 0), u32(1 << 16), Buffer.alloc(1 << 16));
      silence();
    };
    done();
  },
  "does other things at a snapshot": () => {
    atSnapshot = () => {
      for (;;) write(1, Buffer.of(0x61));
    };
    done();
  },
  "hands over no memory": () => {
    atSnapshot = () => undefined;
    done();
  },
  "keeps silent at a restore": () => {
    memory = 1;
    done();
  },
  "takes memory without end": () => {
    memory = 2;
    done();
  },
  "reports without end": () => {
    const part = Buffer.alloc(1 << 20, 0x61);
    for (let count = 0; count < 600; count++) if (report(1, part, 0).errno !== 0) break;
    done();
  },
  "calls without end": () => {
    const part = Buffer.alloc(1 << 20, 0x61);
    for (let count = 0; count < 600; count++) {
      if (ask(DRIVER.call, u32(0, part.length, 0), part).errno !== 0) break;
    }
    done();
  },
  "sends parts of everything without end": () => {
    const part = Buffer.alloc(1 << 18, 0x61);
    let refused = 0;
    for (let count = 0; count < 3000 && refused < 3; count++) {
      const kind = count % 3;
      if (kind === 0) refused += report(1, part, 0).errno === 0 ? 0 : 1;
      else if (kind === 1) refused += ask(DRIVER.call, u32(0, part.length, 0), part).errno === 0 ? 0 : 1;
      else refused += ask(DRIVER.start, u32(0, part.length), part).errno === 0 ? 0 : 1;
    }
    done();
  },
  "starts a hundred thousand calls": () => {
    for (let count = 0; count < 100_000; count++) {
      if (ask(DRIVER.start, u32(1, CALL.length), CALL).errno !== 0) break;
    }
    done();
  },
  "reads answers that are not there": () => {
    for (const call of [0, 1, 77, 0xffffffff]) ask(DRIVER.answer, u32(call, 0xfffffff0, 100));
    done();
  },
  "prints without end": () => {
    for (;;) write(1, Buffer.alloc(1 << 20, 0x61));
  },
  "opens without end": () => {
    for (let count = 0; count < 100_000; count++) if (open("/tmp", 0o200000).errno !== 0) break;
    done();
  },
  "fills the disk": () => {
    const fd = open("/tmp/x", 0o102).payload.readUInt32LE(0);
    for (let count = 0; count < 2000; count++) if (write(fd, Buffer.alloc(1 << 20)).errno !== 0) break;
    done();
  },
  "makes files without end": () => {
    for (let count = 0; count < 1_000_000; count++) if (open(`/tmp/${count}`, 0o102).errno !== 0) break;
    done();
  },
  "ignores its limits": () => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGXCPU"]) process.on(signal, () => undefined);
    for (;;);
  },
  "leaves in the middle": () => {
    request(OP.exit, u32(3));
    process.exit(3);
  },
  "dies in the middle": () => {
    request(OP.died, u32(2), u32(0x40, 0));
    process.exit(70);
  },
};

const WORD = new Int32Array(new SharedArrayBuffer(4));
const silence = () => Atomics.wait(WORD, 0, 0);
/** What all bytes of its memory are. */
let memory = 0;
let atSnapshot = () => {
  ask(OP.save, u32(0, 0), u32(1 << 16), Buffer.alloc(1 << 16, memory));
  ask(OP.saveState, u32(1, 0));
};
const atRestore = () => {
  if (ask(OP.loadPage, u32(1 << 20)).payload.at(-1) === 1) silence();
  for (;;) ask(OP.loadPage, u32(1 << 20));
};

const hash = Buffer.from(process.argv[process.argv.indexOf("--image-sha256") + 1], "hex");
ask(OP.hello, u32(1, 1, 4096, hash.length), hash);
for (;;) {
  const { payload } = ask(OP.next);
  const verb = payload.readUInt32LE(0);
  if (verb === 2) {
    atSnapshot();
    continue;
  }
  if (verb === 3) atRestore();
  if (verb !== 1) process.exit(payload.readUInt32LE(4) & 0xff);
  const command = ask(DRIVER.command, u32(0, 1 << 20)).payload.toString("latin1");
  const name = Object.keys(behaviours).find((behaviour) => command.includes(behaviour));
  if (name === undefined) done();
  else behaviours[name]();
}
