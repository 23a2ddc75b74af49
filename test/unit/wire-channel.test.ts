import { PassThrough } from "node:stream";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ProtocolError } from "../../src/errors.js";
import type { Answer } from "../../src/wire/answer.js";
import { Channel } from "../../src/wire/channel.js";
import { linuxErrno } from "../../src/wire/errno.js";
import type { Request } from "../../src/wire/frame.js";
import { sallyport } from "../../src/wire/operations.js";
import { createServer, joinServers, type Serve } from "../../src/wire/serve.js";
import { requestFrame } from "../support/requests.js";

const { exit, read, write } = sallyport;
const turn = () => new Promise((resolve) => setImmediate(resolve));

const open = (serve: Serve) => {
  const input = new PassThrough();
  const output = new PassThrough();
  const failures: unknown[] = [];
  const answers: Buffer[] = [];
  output.on("data", (chunk: Buffer) => answers.push(chunk));
  const channel = new Channel({ input, output, serve, failed: (error) => failures.push(error) });
  return { input, output, failures, channel, answer: () => Buffer.concat(answers.splice(0)) };
};

const echo = joinServers(
  createServer(
    { read, write },
    {
      read: ({ fd, capacity }) => ({ data: Buffer.alloc(capacity, fd) }),
      write: ({ data }) => ({ length: Buffer.from(data).readUInt32LE(0) }),
    },
    { errno: linuxErrno },
  ),
);

test("a frame is served however it is cut into chunks", async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(sizes, fc.integer({ min: 4, max: 100_000 }), async (chunks, size) => {
      const { input, failures, answer } = open(echo);
      for (const round of [1, 2]) {
        const data = Buffer.alloc(size);
        data.writeUInt32LE(round * 1000 + size, 0);
        const bytes = requestFrame(write, { fd: 1, data });
        let at = 0;
        for (const chunk of [...chunks, bytes.byteLength]) {
          if (at < bytes.byteLength) input.write(bytes.subarray(at, at + chunk));
          at += chunk;
          await turn();
        }
        expect(failures).toEqual([]);
        expect(answer().readUInt32LE(8)).toBe(round * 1000 + size);
      }
    }),
    { numRuns: 20 },
  );
});

test("a handler that answers at once is answered within the event", () => {
  const { input, output, answer } = open(echo);
  output.resume();
  input.emit("data", requestFrame(read, { fd: 7, capacity: 3 }));
  expect(output.readableLength === 0 ? answer().subarray(-3) : output.read().subarray(-3)).toEqual(
    Buffer.alloc(3, 7),
  );
});

describe("breaches end the channel, once", () => {
  const cases: [string, () => Buffer[]][] = [
    [
      "two frames in one chunk",
      () => [Buffer.concat([requestFrame(read, { fd: 1, capacity: 1 }), Buffer.alloc(1)])],
    ],
    ["an unknown operation", () => [requestFrame({ ...read, number: 9999 }, { fd: 1, capacity: 1 })]],
    ["a giant frame", () => [Buffer.alloc(8, 0xff)]],
  ];
  test.each(cases)("%s", async (_what, chunks) => {
    const { input, failures, answer } = open(echo);
    for (const chunk of [...chunks(), requestFrame(read, { fd: 1, capacity: 1 })]) {
      input.write(chunk);
      await turn();
    }
    expect(failures).toHaveLength(1);
    expect(failures[0]).toBeInstanceOf(ProtocolError);
    expect(answer()).toHaveLength(0);
  });

  test("bytes while a handler is at work", async () => {
    const never = joinServers(
      createServer({ read }, { read: () => new Promise(() => undefined) }, { errno: linuxErrno }),
    );
    const { input, failures, channel } = open(never);
    input.write(requestFrame(read, { fd: 1, capacity: 1 }));
    await turn();
    expect([channel.busy, failures.length]).toEqual([true, 0]);
    input.write(Buffer.alloc(1));
    await turn();
    expect(failures[0]).toBeInstanceOf(ProtocolError);
  });

  test("bytes after the last request", async () => {
    const { input, failures } = open(
      joinServers(createServer({ exit }, { exit: () => undefined }, { errno: linuxErrno })),
    );
    input.write(requestFrame(exit, { status: 0 }));
    await turn();
    expect(failures).toEqual([]);
    input.write(Buffer.alloc(1));
    await turn();
    expect(failures[0]).toBeInstanceOf(ProtocolError);
  });
});

test("what a server throws that is no breach is told as it is", async () => {
  const error = new Error("a bug");
  const { input, failures } = open(() => Promise.reject(error));
  input.write(requestFrame(read, { fd: 1, capacity: 1 }));
  await turn();
  expect(failures).toEqual([error]);
});

test("a request that is being served when its guest ends stays as it is", async () => {
  const seen: Uint8Array[] = [];
  const holds = joinServers(
    createServer(
      { write },
      {
        write: ({ data }) => {
          seen.push(data);
          return new Promise(() => undefined);
        },
      },
      { errno: linuxErrno },
    ),
  );
  for (const byte of [1, 2]) {
    const { input, channel } = open(holds);
    const bytes = requestFrame(write, { fd: 1, data: Buffer.alloc(200_000, byte) });
    for (let at = 0; at < bytes.byteLength; at += 60_000) input.write(bytes.subarray(at, at + 60_000));
    await turn();
    await turn();
    channel.close();
  }
  expect(seen.map((data) => [data.byteLength, data.every((byte) => byte === data[0]), data[0]])).toEqual([
    [200_000, true, 1],
    [200_000, true, 2],
  ]);
});

test("requests count, and a server's answer must be one", async () => {
  const forgets = (_request: Request, _answer: Answer): undefined => undefined;
  const { input, failures, channel } = open(forgets);
  input.write(requestFrame(read, { fd: 1, capacity: 1 }));
  await turn();
  expect(channel.requests).toBe(1);
  expect(String(failures[0])).toMatch(/without an answer/);
});
