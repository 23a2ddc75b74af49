import { expect, it } from "vitest";
import { Unpacked } from "../../../src/fs/archive/inflate.js";

it("unpacks once what is opened again before it is unpacked, and counts it until all have closed it", async () => {
  const unpacked = new Unpacked<string>(4);
  let times = 0;
  const unpack = async (): Promise<Uint8Array> => {
    times++;
    return Uint8Array.of(1, 2, 3);
  };
  const files = await Promise.all([unpacked.open("a", 3, unpack), unpacked.open("a", 3, unpack)]);
  expect(times).toBe(1);
  const other = () => unpacked.open("b", 3, () => Uint8Array.of(4, 5, 6));
  expect(other).toThrow(expect.objectContaining({ code: "ENOMEM" }));
  await files[0].close?.();
  await files[0].close?.();
  expect(other).toThrow(expect.objectContaining({ code: "ENOMEM" }));
  const into = new Uint8Array(3);
  expect(await files[1].read(into, 1)).toBe(2);
  expect([...into]).toEqual([2, 3, 0]);
  await files[1].close?.();
  const opened = await other();
  expect(await opened.read(into, 0)).toBe(3);
});

it("gives back what could not be unpacked", async () => {
  const unpacked = new Unpacked<string>(3);
  const broken = new Error("broken");
  const late = () => unpacked.open("a", 3, () => Promise.reject(broken));
  await expect(Promise.allSettled([late(), late()])).resolves.toMatchObject([
    { status: "rejected", reason: broken },
    { status: "rejected", reason: broken },
  ]);
  expect(() =>
    unpacked.open("a", 3, () => {
      throw broken;
    }),
  ).toThrow(broken);
  const file = await unpacked.open("a", 3, () => Uint8Array.of(7, 8, 9));
  expect(await file.read(new Uint8Array(9), 0)).toBe(3);
});
