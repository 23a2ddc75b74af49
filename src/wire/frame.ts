/**
 * Frames: what requests and answers have in common.
 *
 * Both begin with a header of 8 bytes: the payload's length as u32; then, in a request, the operation's number
 * as u16 and two zero bytes; in an answer, the errno as u16, a signal number as u8 and a zero byte. A request is
 * followed by exactly one answer, an answer by exactly one request: no more than one frame is ever on its way.
 */
import { ProtocolError } from "../errors.js";
import { MAX_PAYLOAD } from "./parameters.js";

/** Bytes of a frame's header, in both directions. */
export const HEADER_SIZE = 8;
/** Most bytes of a frame: header and payload. */
export const MAX_FRAME = HEADER_SIZE + MAX_PAYLOAD;
/** Highest signal number that an answer can carry. */
export const MAX_SIGNAL = 63;

/**
 * The error for what no honest guest sends. The guest is killed; its sandbox fails with this error.
 *
 * `what` names the operation, the field and the value, and holds no text of the guest's.
 */
export const breach = (what: string): ProtocolError =>
  new ProtocolError(`the guest broke the protocol: ${what}`);

/**
 * One request, as a window on the channel's receive buffer. There is one object per guest, used again for every
 * request: its fields and the bytes behind them are valid until the request has been answered.
 */
export interface Request {
  /** The operation's number. */
  readonly number: number;
  /** The buffer; only `start` to `end` belong to the payload. */
  readonly bytes: Buffer;
  /** A view with the same offsets as `bytes`. */
  readonly view: DataView;
  readonly start: number;
  readonly end: number;
}
