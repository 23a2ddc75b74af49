/**
 * The C library's searches and comparisons of memory, which the guest does eight bytes at a time: against the same in
 * Python, at every alignment and length around the sizes of their steps.
 */
import { expect, it } from "vitest";
import { Sandbox } from "../../src/index.js";
import { onEachEngine } from "./engines.js";

const CHECK = `
import random
chance = random.Random(7)
checked = 0
for length in (*range(0, 75), 127, 128, 129, 1000):
    for start in range(9):
        for alphabet in (b"\\x00\\x01", b"\\x7f\\x80\\x81", b"ab", bytes(range(256))):
            data = bytes(chance.choice(alphabet) for _ in range(start + length))
            view = data[start:]
            wanted = bytes((chance.choice(alphabet),))
            places = [i for i, byte in enumerate(data) if i >= start and byte == wanted[0]]
            assert data.find(wanted, start) == (places[0] if places else -1), (data, start, wanted)
            assert data.rfind(wanted, start) == (places[-1] if places else -1), (data, start, wanted)
            text, character = data.decode("latin-1"), wanted.decode("latin-1")
            assert text.find(character, start) == data.find(wanted, start)
            assert text.rfind(character, start) == data.rfind(wanted, start)
            other = bytearray(view)
            assert other == view
            if length:
                place = chance.randrange(length)
                other[place] ^= 1 << chance.randrange(8)
                smaller = view[place] < other[place]
                assert other != view and (view < bytes(other)) == smaller, (view, other)
            checked += 1
print(checked)
`;

onEachEngine("searches and comparisons of memory", (engine) => {
  it("finds, and compares, what Python's own loops do", async () => {
    await using sandbox = await Sandbox.create({ engine });
    const { status, stdout, stderr } = await sandbox.run(CHECK);
    expect({ status, stdout, stderr }).toEqual({ status: "ok", stdout: `${79 * 9 * 4}\n`, stderr: "" });
  });
});
