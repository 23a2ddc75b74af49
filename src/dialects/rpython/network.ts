import { Errno } from "../../wire/errno.js";
import type { Calls } from "./calls.js";

const ADDRESS = /^tcp:\/\/(\[[0-9a-f:.]+\]|[^:/[\]]+):(\d{1,5})$/i;
const SOCK_STREAM = 1;

/** Connects to "tcp://host:port" where the policy allows it; answers the socket's descriptor. */
export async function connect(calls: Calls, address: string): Promise<number> {
  const match = ADDRESS.exec(address);
  const port = Number(match?.[2]);
  if (match?.[1] === undefined || port < 1 || port > 65535) throw new Errno("EINVAL");
  const host = match[1].replace(/^\[|\]$/g, "");
  const { addresses } = await calls.resolve({ name: Buffer.from(host), family: 0, capacity: 4096 });
  const view = new DataView(addresses.buffer, addresses.byteOffset, addresses.byteLength);
  if (addresses.length < 8) throw new Errno("ENOENT");
  const domain = view.getUint16(0, true);
  const length = view.getUint16(2, true);
  const target = Uint8Array.from(addresses.subarray(4, 4 + length));
  new DataView(target.buffer).setUint16(2, port, false);
  const { fd } = await calls.socket({ domain, type: SOCK_STREAM, protocol: 0 });
  try {
    await calls.connect({ fd, address: target });
    return fd;
  } catch (error) {
    await calls.close({ fd });
    throw error;
  }
}
