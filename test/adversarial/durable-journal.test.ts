import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { SallyportError } from "../../src/errors.js";
import { directory } from "../../src/fs/directory/directory.js";
import { Sandbox } from "../../src/sandbox.js";
import { crc32 } from "../../src/wire/crc32.js";

const top = mkdtempSync(join(tmpdir(), "sallyport-forged-"));
afterAll(() => rmSync(top, { recursive: true, force: true }));

const FRAME = 8;
const TRIES = 40;

/** The payloads of a journal's entries, to be changed. */
const payloadsOf = (journal: Buffer): { readonly start: Buffer; readonly payloads: Buffer[] } => {
  const begin = 20 + journal.readUInt32LE(12);
  const payloads: Buffer[] = [];
  for (let at = begin; at < journal.length; ) {
    const length = journal.readUInt32LE(at);
    payloads.push(Buffer.from(journal.subarray(at + FRAME, at + FRAME + length)));
    at += FRAME + length;
  }
  return { start: journal.subarray(0, begin), payloads };
};

/** A journal whose checksums are right, whatever is in it. */
const journalOf = (start: Buffer, payloads: readonly Buffer[]): Buffer => {
  const parts = [start];
  let crc = start.readUInt32LE(16);
  for (const payload of payloads) {
    const frame = Buffer.alloc(FRAME);
    crc = crc32(payload, crc);
    frame.writeUInt32LE(payload.length, 0);
    frame.writeUInt32LE(crc, 4);
    parts.push(frame, payload);
  }
  return Buffer.concat(parts);
};

/** The same numbers in every run of the tests. */
const numbers = (seed: number): ((below: number) => number) => {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
};

const CODE = `
import os, random, select, time
with open("/data/file", "a") as file:
    file.write("appended")
os.rename("/data/file", "/data/other")
listed = sorted(os.listdir("/data"))
time.sleep(0.001)
reader, writer = os.pipe()
os.write(writer, b"x")
ready = len(select.select([reader], [], [], 0)[0])
value = ask(random.random() < 2)
print(listed, ready, time.time() > 0, os.urandom(3) is not None)
value
`;

describe("a forged journal", () => {
  it("makes an error, or another run, and nothing else", async () => {
    const open = (state: string, data: string): Promise<Sandbox> =>
      Sandbox.create({
        durable: { directory: state, fsync: "never" },
        mounts: { "/data": directory(data, { mode: "rw" }) },
        functions: { ask: async (yes: boolean) => (yes ? "asked" : "not") },
        limits: { wall: "10 s" },
      });
    const resumed = async (copy: string, files: string): Promise<string> => {
      await using sandbox = await open(copy, files);
      return (await sandbox.run(CODE)).status;
    };
    const [state, data] = [join(top, "state"), join(top, "data")];
    mkdirSync(data);
    {
      await using sandbox = await open(state, data);
      expect(await sandbox.run(CODE).value()).toBe("asked");
    }
    const { start, payloads } = payloadsOf(readFileSync(join(state, "journal-0")));
    // Its last entry says that the run is over: without it the run is to be continued.
    payloads.pop();
    const random = numbers(1);
    const outcomes = new Set<string>();
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const forged = payloads.map((payload) => Buffer.from(payload));
      for (let changes = 1 + random(3); changes > 0; changes -= 1) {
        const payload = forged[random(forged.length)];
        if (payload === undefined) continue;
        if (random(10) === 0) forged.splice(forged.indexOf(payload), 1);
        else payload[random(payload.length)] = random(256);
      }
      const [copy, files] = [join(top, `state-${attempt}`), join(top, `data-${attempt}`)];
      cpSync(state, copy, { recursive: true });
      mkdirSync(files);
      writeFileSync(join(files, "other"), "appended");
      writeFileSync(join(copy, "journal-0"), journalOf(start, forged));
      const outcome = await resumed(copy, files).catch((error: unknown) => error);
      if (typeof outcome !== "string") expect(outcome, `attempt ${attempt}`).toBeInstanceOf(SallyportError);
      outcomes.add(outcome instanceof SallyportError ? outcome.code : String(outcome));
    }
    expect(outcomes).toContain("ERR_DURABLE");
    for (const outcome of outcomes)
      expect(["ERR_DURABLE", "ok", "error", "killed", "protocol"]).toContain(outcome);
  });
});
