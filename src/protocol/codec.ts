import { encode } from "../values/index.js";
import { readErrorInfo } from "./error-info.js";
import type {
  CallAnswer,
  CallBody,
  CallRequest,
  Command,
  Display,
  Outcome,
  Result,
  ResultBody,
} from "./messages.js";
import { Shape } from "./shape.js";

/** A command for the guest. */
export const encodeCommand = (command: Command): Uint8Array => message(command);

/** The answer to a host call. */
export const encodeCallAnswer = (answer: CallAnswer): Uint8Array => message(answer);

/** Messages of the controller are well-formed by their types; properties that are undefined have no key. */
const message = (value: object): Uint8Array => encode(present(value), { root: "message", size: 1 << 28 });

const present = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(present);
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || value instanceof Map)
    return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, part]) => part !== undefined)
      .map(([key, part]) => [key, present(part)]),
  );
};

/** The end of a run. ProtocolError for anything but a well-formed Result. */
export const decodeResult = (bytes: Uint8Array): Result => {
  const shape = Shape.message(bytes, "result");
  return { ...readResultBody(shape), dropped: shape.references("dropped") };
};

const readResultBody = (shape: Shape): ResultBody => {
  const status = shape.text("status");
  switch (status) {
    case "ok":
      return {
        status,
        ...(shape.has("value") ? { value: shape.bytes("value") } : {}),
        ...(shape.has("repr") ? { repr: shape.text("repr") } : {}),
      };
    case "items":
      return { status, value: shape.bytes("value"), done: shape.flag("done") };
    case "error": {
      const memory = shape.has("memory") && shape.flag("memory") ? ({ memory: true } as const) : {};
      return { status, error: readErrorInfo(shape.map("error")), ...memory };
    }
    case "exit":
      return { status, code: shape.count("code") };
    case "completions": {
      const found = shape.map("completions");
      const matches = found
        .maps("matches")
        .map((each) => ({ text: each.text("text"), kind: each.text("kind") }));
      return { status, completions: { start: found.count("start"), matches } };
    }
    case "check": {
      const check = shape.map("check");
      const state = check.text("state");
      if (state !== "complete" && state !== "incomplete" && state !== "invalid") throw check.unknown("state");
      const error = check.has("error") ? { error: readErrorInfo(check.map("error")) } : {};
      return { status, check: { state, indent: check.text("indent"), ...error } };
    }
    case "inspection": {
      const found = shape.mapOrNull("inspection");
      if (found === null) return { status, inspection: null };
      const signature = found.has("signature") ? { signature: found.text("signature") } : {};
      const doc = found.has("doc") ? { doc: found.text("doc") } : {};
      return {
        status,
        inspection: { name: found.text("name"), type: found.text("type"), ...signature, ...doc },
      };
    }
    default:
      throw shape.unknown("status");
  }
};

/** A rich output. ProtocolError for anything but a well-formed Display. */
export const decodeDisplay = (bytes: Uint8Array): Display => {
  const shape = Shape.message(bytes, "display");
  return {
    data: shape.map("data").parts(),
    metadata: shape.bytes("metadata"),
    ...(shape.has("id") ? { id: shape.text("id") } : {}),
    update: shape.flag("update"),
  };
};

/** A request of a host call. ProtocolError for anything but a well-formed CallRequest. */
export const decodeCallRequest = (bytes: Uint8Array): CallRequest => {
  const shape = Shape.message(bytes, "call request");
  return { ...readCallBody(shape), dropped: shape.references("dropped") };
};

/** Which ask of the host's a call replies to, where it does. */
export const replyOf = (request: Uint8Array): number | undefined => {
  const call = decodeCallRequest(request);
  return call.kind === "reply" ? call.ask : undefined;
};

/** Which ask an answer to a call is, where it is one: the host wants something of the guest first. */
export const askOf = (answer: Uint8Array): number | undefined => {
  const shape = Shape.message(answer, "call answer");
  return shape.text("kind") === "ask" ? shape.count("ask") : undefined;
};

/** The references that an answer to a call gives back. */
export const releasedOf = (answer: Uint8Array): readonly number[] => {
  const shape = Shape.message(answer, "call answer");
  return shape.has("released") ? shape.references("released") : [];
};

const readCallBody = (shape: Shape): CallBody => {
  const kind = shape.text("kind");
  switch (kind) {
    case "call": {
      const target = shape.map("target");
      return {
        kind,
        target: target.has("name")
          ? { name: target.text("name") }
          : {
              reference: target.count("reference", 1),
              ...(target.has("method") ? { method: target.text("method") } : {}),
            },
        args: shape.bytes("args"),
        kwargs: shape.bytes("kwargs"),
      };
    }
    case "next":
      return { kind, reference: shape.count("reference", 1), count: shape.count("count", 1) };
    case "close":
      return { kind, reference: shape.count("reference", 1) };
    case "reply":
      return { kind, ask: shape.count("ask"), outcome: readOutcome(shape.map("outcome")) };
    default:
      throw shape.unknown("kind");
  }
};

const readOutcome = (shape: Shape): Outcome => {
  const status = shape.text("status");
  switch (status) {
    case "ok":
      return { status, value: shape.bytes("value") };
    case "items":
      return { status, value: shape.bytes("value"), done: shape.flag("done") };
    case "error":
      return { status, error: readErrorInfo(shape.map("error")) };
    default:
      throw shape.unknown("status");
  }
};
