import { AF_UNIX } from "../flags.js";
import { type Address, AF_INET } from "./address.js";

/** A socket without a connection as it can be made again, by the guest's own operations. */
export interface SavedSocket {
  readonly family: number;
  readonly type: number;
  readonly protocol: number;
  /** The address that it is bound to; empty where it is not. */
  readonly own: Uint8Array;
  /** Of a datagram socket: where it sends to. */
  readonly peer: Uint8Array;
  /** What was given to listen; null where it does not listen. */
  readonly backlog: number | null;
  readonly options: (readonly [level: number, option: number, value: Uint8Array])[];
}

/** An address in words. */
export const shownAddress = ({ family, bytes, port, path }: Address): string => {
  if (family === AF_UNIX)
    return JSON.stringify(path ?? `@${Buffer.from(bytes.subarray(3)).toString("latin1")}`);
  if (family === AF_INET) return `${[...bytes.subarray(4, 8)].join(".")}:${port}`;
  const groups = Array.from({ length: 8 }, (_, at) =>
    (((bytes[8 + at * 2] ?? 0) << 8) | (bytes[9 + at * 2] ?? 0)).toString(16),
  );
  return `[${groups.join(":").replace(/(^|:)0(:0)+(:|$)/, "::")}]:${port}`;
};

export const NO_BYTES = new Uint8Array(0);
