import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { ProtocolError } from "../../../src/errors.js";
import {
  decodeCallRequest,
  decodeDisplay,
  decodeResult,
  encodeCallAnswer,
  encodeCommand,
} from "../../../src/protocol/codec.js";
import { decode, encode } from "../../../src/values/index.js";

const error = {
  type: "KeyError",
  qualified: "builtins:KeyError",
  message: "'k'",
  traceback: "Traceback…",
  frames: [
    { file: "<cell 1>", line: 1, column: 1, endLine: 1, endColumn: 4, function: "<module>", source: "d[k]" },
  ],
  notes: [],
};

describe("messages of the guest's driver", () => {
  it("are read whole", () => {
    const nested = { ...error, cause: error, exceptions: [error], value: new Uint8Array([1]) };
    const result = { status: "error", error: nested, dropped: [3, 3] };
    expect(decodeResult(encode(result))).toEqual(result);
    const hungry = { status: "error", error, memory: true, dropped: [] };
    expect(decodeResult(encode(hungry))).toEqual(hungry);
    expect(decodeResult(encode({ ...hungry, memory: false }))).toEqual({
      status: "error",
      error,
      dropped: [],
    });
    expect(() => decodeResult(encode({ ...hungry, memory: 1 }))).toThrow(ProtocolError);
    expect(decodeResult(encode({ status: "ok", value: new Uint8Array([1]), dropped: [] }))).toEqual({
      status: "ok",
      value: new Uint8Array([1]),
      dropped: [],
    });
    expect(decodeResult(encode({ status: "inspection", inspection: null, dropped: [] }))).toEqual({
      status: "inspection",
      inspection: null,
      dropped: [],
    });
    const display = decodeDisplay(
      encode({
        data: { "text/html": "<b>", "image/png": new Uint8Array([1]) },
        metadata: new Uint8Array(),
        update: false,
      }),
    );
    expect([...display.data.keys()]).toEqual(["text/html", "image/png"]);
    const call = {
      kind: "call",
      target: { name: "f" },
      args: new Uint8Array(),
      kwargs: new Uint8Array(),
      dropped: [],
    };
    expect(decodeCallRequest(encode(call))).toEqual(call);
    const reply = {
      kind: "reply",
      ask: 1,
      outcome: { status: "items", value: new Uint8Array(), done: true },
      dropped: [],
    };
    expect(decodeCallRequest(encode(reply))).toEqual(reply);
  });

  it("that have another shape are breaches of the protocol, and say where", () => {
    expect(() => decodeResult(encode({ status: "ok", dropped: [0] }))).toThrow(/result\.dropped/);
    expect(() => decodeResult(encode({ status: "fine", dropped: [] }))).toThrow(/result\.status/);
    expect(() => decodeResult(encode({ status: "exit", code: -1, dropped: [] }))).toThrow(/result\.code/);
    expect(() =>
      decodeResult(encode({ status: "error", error: { ...error, frames: [1] }, dropped: [] })),
    ).toThrow(/error\.frames\[0\]/);
    expect(() => decodeResult(encode([]))).toThrow(ProtocolError);
    expect(() => decodeResult(encode(new Map([[1, 2]])))).toThrow(ProtocolError);
    expect(() => decodeCallRequest(encode({ kind: "next", reference: 1, count: 0, dropped: [] }))).toThrow(
      /count/,
    );
    expect(() =>
      decodeDisplay(encode({ data: { x: 1 }, metadata: new Uint8Array(), update: false })),
    ).toThrow(/data/);
  });

  it("of any bytes do no harm", () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.anything().map(encodable)), (bytes) => {
        for (const read of [decodeResult, decodeCallRequest, decodeDisplay]) {
          expect(() => read(bytes)).toThrow(ProtocolError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("for the guest leave out what is not there", () => {
    const command = {
      action: { kind: "cell", source: "1", name: "c", result: "value", timeLimit: undefined },
    } as const;
    expect(decode(encodeCommand({ action: { ...command.action, timeLimit: "5 s" } }))).toEqual({
      action: { ...command.action, timeLimit: "5 s" },
    });
    expect(decode(encodeCallAnswer({ kind: "value", value: new Uint8Array([1]), released: [2] }))).toEqual({
      kind: "value",
      value: new Uint8Array([1]),
      released: [2],
    });
  });
});

const encodable = (value: unknown): Uint8Array => {
  try {
    return encode(value);
  } catch {
    return new Uint8Array();
  }
};
