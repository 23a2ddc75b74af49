/** Where the request under way lies: one object for all requests of a guest, moved from buffer to buffer. */
import type { Request } from "./frame.js";

const viewOf = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export class Window implements Request {
  number = 0;
  bytes: Buffer;
  view: DataView;
  start = 0;
  end = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.view = viewOf(bytes);
  }

  move(bytes: Buffer): void {
    if (bytes === this.bytes) return;
    this.bytes = bytes;
    this.view = viewOf(bytes);
  }
}
