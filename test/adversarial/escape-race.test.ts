import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AT_FDCWD, O_CREAT, O_RDWR } from "../../src/kernel/flags.js";
import { now } from "../unit/kernel/harness.js";
import { EscapeWorld, type Guest, SECRET } from "./escape-world.js";

const ROUNDS = 4000;

let world: EscapeWorld;
let swapper: ChildProcess | undefined;
beforeEach(() => {
  world = new EscapeWorld();
  fs.mkdirSync(`${world.base}/aside`);
});
afterEach(async () => {
  const running = swapper;
  swapper = undefined;
  if (running !== undefined && running.exitCode === null) {
    const ended = new Promise((resolve) => running.once("exit", resolve));
    running.stdin?.end();
    await ended;
  }
  world.close();
});

/** Another process that swaps things in the mount, from when this answers. */
async function swapping(kind: string): Promise<void> {
  const script = new URL("./escape-swapper.mjs", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, kind, world.mount, world.outside, `${world.base}/aside`], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  swapper = child;
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once("data", () => resolve());
    child.once("exit", (code) => reject(new Error(`the swapper ended with ${code}`)));
  });
}

/** What a guest may try in every round, by what is being swapped. */
const READS: Readonly<Record<string, (guest: Guest) => void>> = {
  "file and link": (guest) => guest.try((f) => f.get("/m/file")),
  "file and relative link": (guest) => guest.try((f) => f.get("/m/file")),
  "file and hard link": (guest) => guest.try((f) => f.get("/m/file")),
  "directory and link": (guest) => {
    guest.try((f) => f.get("/m/dir/secret"));
    guest.try((f) => f.list("/m/dir"));
  },
  "directory and relative link": (guest) => {
    guest.try((f) => f.get("/m/dir/secret"));
    guest.try((f) => f.list("/m/dir"));
  },
  "directory and file": (guest) => guest.try((f) => f.get("/m/dir/secret")),
  "directory, moved out and back": (guest) => guest.try((f) => f.get("/m/dir/secret")),
};

const WRITES: Readonly<Record<string, (guest: Guest, round: number) => void>> = {
  "file and link": (guest, round) => {
    guest.try((f) => f.put("/m/file", "overwritten"));
    if (round % 3 === 0)
      guest.try((_, ops) => now(ops.truncate({ at: AT_FDCWD, path: "/m/file", size: 0n })));
    if (round % 3 === 1)
      guest.try((_, ops) => now(ops.chmod({ at: AT_FDCWD, path: "/m/file", mode: 0o640, flags: 0 })));
    if (round % 3 === 2) {
      guest.try((_, ops) =>
        now(ops.utimens({ at: AT_FDCWD, path: "/m/file", atime: 1n, mtime: 1n, which: 3, flags: 0 })),
      );
    }
  },
  "file and hard link": (guest) => {
    const fd = guest.try((f) => f.open("/m/file", O_RDWR));
    if (typeof fd !== "number") return;
    guest.try((_, ops) => now(ops.write({ fd, data: Buffer.from("overwritten") })));
    guest.try((_, ops) => now(ops.close({ fd })));
  },
  "directory and link": (guest, round) => {
    guest.try((f) => f.put(`/m/dir/planted${round % 7}`, "planted"));
    guest.try((f) => f.mkdir(`/m/dir/made${round % 7}`));
    guest.try((f) => f.symlink("x", `/m/dir/linked${round % 7}`));
    guest.try((f) => f.rename("/m/dir/secret", "/m/dir/renamed"));
    guest.try((f) => f.rename("/m/dir/deep", `/m/dir/moved${round % 7}`));
    guest.try((f) => f.unlink("/m/dir/secret"));
    guest.try((f) => f.rmdir("/m/dir/secret-dir"));
    guest.try((f) => f.link("/m/dir/secret", `/m/stolen${round % 7}`));
    guest.try((f) => f.get(`/m/stolen${round % 7}`));
    guest.try((f) => f.open("/m/dir/secret", O_CREAT | O_RDWR));
  },
  "directory and relative link": (guest) => {
    guest.try((f) => f.chdir("/m/dir"));
    guest.try((f) => f.put("secret", "overwritten"));
    guest.try((f) => f.put("planted", "planted"));
    guest.try((f) => f.unlink("secret"));
  },
};

describe("while another process swaps", () => {
  it.each(Object.entries(READS))("%s, nothing from beyond is read", async (kind, attempt) => {
    const guest = world.guest();
    await swapping(kind);
    for (let round = 0; round < ROUNDS; round++) {
      attempt(guest);
      if (
        guest.seen.length > 0 &&
        guest.seen.some((seen) => seen.includes(SECRET) || seen.includes("secret-dir"))
      )
        break;
      guest.seen.length = 0;
    }
    expect(guest.seen.join()).not.toContain(SECRET);
    expect(guest.seen.join()).not.toContain("secret-dir");
  });

  it.each(Object.entries(WRITES))("%s, nothing beyond is changed", async (kind, attempt) => {
    const guest = world.guest();
    const before = world.beyond();
    await swapping(kind);
    for (let round = 0; round < ROUNDS / 4; round++) {
      attempt(guest, round);
      if (round % 50 === 0) guest.try((_, ops) => closeAll(ops));
    }
    expect(guest.seen.join()).not.toContain(SECRET);
    expect(world.beyond()).toBe(before);
  });
});

/** What somebody puts in a file's place just when it is opened, after it was found. */
const INSTEAD: Readonly<Record<string, (at: string) => void>> = {
  "a link": (at) => fs.symlinkSync(`${world.outside}/secret`, at),
  "a hard link": (at) => fs.linkSync(`${world.outside}/secret`, at),
  "another file": (at) => fs.writeFileSync(at, SECRET),
  "a directory": (at) => fs.mkdirSync(at),
  "a pipe that nobody writes to": (at) => world.fifo(at),
  nothing: () => undefined,
};

/** Has a file opened, with something done to it just before. Answers what the guest gets. */
const openWhile = (name: string, act: () => void): unknown => {
  const guest = world.guest();
  const { openSync } = fs;
  const descriptors = (): number => fs.readdirSync("/proc/self/fd").length;
  let acted = false;
  vi.spyOn(fs, "openSync").mockImplementation((at, flags, mode) => {
    if (!acted && String(at).endsWith(name.slice(name.lastIndexOf("/")))) {
      acted = true;
      act();
    }
    return openSync(at, flags, mode);
  });
  try {
    // Handles of directories on the way are open from here on.
    guest.try((f) => f.stat(name).size);
    const before = descriptors();
    const answer = guest.try((f) => f.open(name));
    expect(descriptors()).toBe(typeof answer === "number" ? before + 1 : before);
    expect(acted).toBe(true);
    return answer;
  } finally {
    vi.restoreAllMocks();
  }
};

describe("what somebody does to a file between finding and opening it", () => {
  describe.each(["/m/file", "/m/dir/secret"])("%s", (name) => {
    it.each(Object.entries(INSTEAD))("for %s in its place, it is not there", (_, put) => {
      const [made, real] = [`${world.base}/aside/made`, name.replace("/m", world.mount)];
      put(made);
      const swap = (): void => {
        fs.rmSync(real);
        if (fs.lstatSync(made, { throwIfNoEntry: false }) !== undefined) fs.renameSync(made, real);
      };
      expect(openWhile(name, swap)).toBe("ENOENT");
    });

    it("if nothing, it is opened", () => {
      expect(openWhile(name, () => undefined)).toBe(3);
    });
  });

  it("if its directory is moved out of the mount, it is not there", () => {
    const move = (): void => fs.renameSync(`${world.mount}/dir`, `${world.base}/aside/dir`);
    expect(openWhile("/m/dir/secret", move)).toBe("ENOENT");
  });

  it("if it is moved out of the mount itself, it is not there", () => {
    const move = (): void => {
      fs.renameSync(`${world.mount}/dir/secret`, `${world.base}/aside/secret`);
      fs.writeFileSync(`${world.mount}/dir/secret`, SECRET);
    };
    expect(openWhile("/m/dir/secret", move)).toBe("ENOENT");
  });
});

function closeAll(ops: Guest["ops"]): void {
  for (let fd = 3; fd < 64; fd++) {
    try {
      now(ops.close({ fd }));
    } catch {
      return;
    }
  }
}
