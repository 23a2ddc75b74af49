/**
 * A guest that has been taken over: it stands in place of the guest's executable and can do what a compromised one
 * could, write any bytes to its output and read its input. The first argument says what it does.
 */
import { closeSync, writeSync } from "node:fs";
import { answer, frame, send, u32 } from "./frames.mjs";

const HELLO = 1;
const WRITE = 50;
const READ = 49;

const hello = (version = 1, image = Buffer.alloc(0)) =>
  frame(HELLO, Buffer.concat([u32(version, 1, 16, image.length), image]));
const greet = () => {
  send(hello());
  answer();
};
const read = (capacity) => frame(READ, u32(0, capacity));
const forever = () => setInterval(() => undefined, 1000);
const ask = (bytes) => {
  send(bytes);
  return answer();
};

const behaviours = {
  "says nothing": () => forever(),
  "leaves at once": () => {
    writeSync(2, "no \u001b[31mluck\u0007\n");
    process.exit(65);
  },
  "floods its standard error": () => {
    for (let count = 0; count < 100; count++) writeSync(2, "x".repeat(65_536));
    process.exit(65);
  },
  "begins with something else": () => send(read(1)),
  "speaks another version": () => send(hello(2)),
  "has another image": () => send(hello(1, Buffer.alloc(32, 7))),
  "greets twice": () => {
    greet();
    send(hello());
    forever();
  },
  "asks for an unknown operation": () => {
    greet();
    send(frame(Number(process.argv[3]), Buffer.alloc(0)));
    forever();
  },
  "sets what must be zero": () => {
    greet();
    send(frame(READ, u32(0, 1), 1));
    forever();
  },
  "announces a giant frame": () => {
    greet();
    send(Buffer.concat([u32(0xffffffff), u32(WRITE)]));
    forever();
  },
  "announces a frame just too large": () => {
    greet();
    send(Buffer.concat([u32((1 << 20) + (1 << 16) + 1), u32(WRITE)]));
    forever();
  },
  "sends half a header and leaves": () => {
    greet();
    send(Buffer.alloc(4));
  },
  "sends half a frame and leaves": () => {
    greet();
    send(read(1).subarray(0, 12));
  },
  "sends half a frame and waits": () => {
    greet();
    send(read(1).subarray(0, 12));
    forever();
  },
  "sends a frame byte by byte": async () => {
    greet();
    for (const byte of read(3)) {
      send(Buffer.of(byte));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    process.exit(answer().payload.readUInt32LE(0) === 3 ? 0 : 1);
  },
  "sends two requests at once": () => {
    greet();
    send(Buffer.concat([read(1), read(1)]));
    forever();
  },
  "sends a request and a byte": () => {
    greet();
    send(Buffer.concat([read(1), Buffer.alloc(1)]));
    forever();
  },
  "asks while an answer is awaited": async () => {
    greet();
    send(frame(75, u32(0, 0, 0, 0)));
    await new Promise((resolve) => setTimeout(resolve, 50));
    send(read(1));
    forever();
  },
  "never takes its answers": async () => {
    greet();
    for (;;) {
      send(read(1 << 20));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  },
  floods: () => {
    greet();
    const garbage = Buffer.alloc(1 << 20, 0xa5);
    for (;;) send(garbage);
  },
  "floods with zeros": () => {
    const zeros = Buffer.alloc(1 << 20);
    greet();
    for (;;) send(zeros);
  },
  "sends more after its last request": () => {
    greet();
    send(Buffer.concat([frame(107, u32(0)), read(1)]));
    forever();
  },
  "stays after its last request": () => {
    greet();
    send(frame(107, u32(9)));
    forever();
  },
  "stays after its death": () => {
    greet();
    send(frame(3, u32(2, 0x1234, 0)));
    forever();
  },
  "closes its output and stays": () => {
    greet();
    closeSync(1);
    forever();
  },
  "closes its input and asks": () => {
    greet();
    closeSync(0);
    send(read(1 << 20));
    forever();
  },
  "closes its input and floods": () => {
    greet();
    closeSync(0);
    send(read(1));
    const zeros = Buffer.alloc(1 << 16);
    setInterval(() => {
      for (let count = 0; count < 16; count++) send(zeros);
    }, 10);
  },
  "cuts a payload": () => {
    greet();
    send(frame(WRITE, u32(1, 5)));
    forever();
  },
  "lengthens a payload": () => {
    greet();
    send(frame(WRITE, Buffer.concat([u32(1, 1), Buffer.from("ab")])));
    forever();
  },
  "lies about a length": () => {
    greet();
    send(frame(WRITE, Buffer.concat([u32(1, 0xffffffff), Buffer.from("ab")])));
    forever();
  },
  "wants more than there is": () => {
    greet();
    send(read(0xffffffff));
    forever();
  },
  "counts wrong": () => {
    greet();
    send(frame(293, Buffer.concat([u32(48, 32, 0xffffffff), Buffer.alloc(48)])));
    forever();
  },
  "sends paths that are none": () => {
    greet();
    const access = (path) => ask(frame(18, Buffer.concat([u32(0, path.length, 0, 0), path]))).errno;
    const errnos = [access(Buffer.of(0xff)), access(Buffer.of(0x61, 0)), access(Buffer.from("/"))];
    process.exit(errnos.join() === "84,22,0" ? 0 : 1);
  },
  "ignores signals": () => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => undefined);
    greet();
    for (;;);
  },
  "stops itself": () => {
    greet();
    process.kill(process.pid, "SIGSTOP");
  },
  "is honest": () => {
    greet();
    const rounds = Number(process.argv[3]);
    for (let round = 0; round < rounds; round++) if (ask(read(100)).payload.length !== 108) process.exit(1);
    send(frame(107, u32(7)));
    process.exit(7);
  },
};

behaviours[process.argv[2]]();
