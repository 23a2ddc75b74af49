import { describe, expect, it } from "vitest";
import { PacketFlow } from "../../../src/kernel/flow.js";
import { Parts } from "../../../src/kernel/parts.js";
import { Ring } from "../../../src/kernel/ring.js";
import { sink } from "../../../src/kernel/stdio.js";
import { text } from "./harness.js";

/** Bytes as the wire lends them: a Buffer, whose memory is used again at the next request. */
const lent = (): { readonly data: Buffer; readonly reuse: () => void } => {
  const memory = Buffer.from("....data....");
  return { data: memory.subarray(4, 8), reuse: () => void memory.fill("x") };
};

describe("bytes that an operation lends are copied by", () => {
  it("packets", () => {
    const { data, reuse } = lent();
    const flow = new PacketFlow(true);
    flow.write(data);
    reuse();
    expect(text(flow.read(9, false))).toBe("data");
  });

  it("rings", () => {
    const { data, reuse } = lent();
    const ring = new Ring();
    ring.write(data);
    reuse();
    expect(text(ring.read(9))).toBe("data");
  });

  it("messages in parts", () => {
    const { data, reuse } = lent();
    const parts = new Parts(100);
    parts.add(data, 0);
    reuse();
    expect(text(parts.add(new Uint8Array(0), 1) ?? new Uint8Array(0))).toBe("data");
  });

  it("sinks", () => {
    const { data, reuse } = lent();
    const chunks: Uint8Array[] = [];
    const file = sink((chunk) => void chunks.push(chunk));
    file.write?.(data, 0);
    reuse();
    expect(chunks.map(text)).toEqual(["data"]);
  });
});
