import fc from "fast-check";
import type { Step } from "./subject.js";

/** Few names, so that sequences meet again what they made. Links are never on the way to anything. */
const name = fc.constantFrom("a", "b", "d", "e", "f", "c");
const plain = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
const path = fc.oneof(
  { weight: 6, arbitrary: plain },
  { weight: 2, arbitrary: fc.constantFrom("a", "b", "d", "d/c", "d/e", "d/e/f", "d/hard", "empty") },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom("", "d/", "d/e/"), fc.constantFrom("soft", "dangling"))
      .map((parts) => parts.join("")),
  },
);
const handle = fc.constantFrom(1, 2, 3);
const text = fc.string({ unit: fc.constantFrom("x", "y", "é"), maxLength: 12 });
const at = fc.oneof(fc.nat(20), fc.constantFrom(4095, 4096, 65_535, 65_536, 70_000));
const mode = fc.constantFrom(0o600, 0o644, 0o640, 0o755, 0o700, 0o444);

/** One random step. */
export const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ op: fc.constant("create" as const), path, mode }),
  fc.record({ op: fc.constant("mkdir" as const), path, mode: fc.constantFrom(0o755, 0o700) }),
  fc.record({
    op: fc.constant("symlink" as const),
    path: fc.constantFrom("soft", "dangling", "d/soft", "d/e/dangling"),
    target: text.map((t) => `t${t}`),
  }),
  fc.record({ op: fc.constant("link" as const), path: plain, to: plain }),
  fc.record({ op: fc.constant("rename" as const), path: plain, to: plain }),
  fc.record({ op: fc.constant("rename" as const), path: plain, to: plain }),
  fc.record({ op: fc.constant("write" as const), path: plain, at, text }),
  fc.record({ op: fc.constant("truncate" as const), path: plain, size: at }),
  fc.record({ op: fc.constant("chmod" as const), path: plain, mode }),
  fc.record({
    op: fc.constantFrom(
      "read" as const,
      "readlink" as const,
      "unlink" as const,
      "rmdir" as const,
      "list" as const,
      "stat" as const,
    ),
    path,
  }),
  fc.record({ op: fc.constantFrom("unlink" as const, "rmdir" as const), path }),
  fc.record({ op: fc.constant("open" as const), path: plain, handle }),
  fc.record({ op: fc.constant("pread" as const), handle, at, length: fc.nat(30) }),
  fc.record({ op: fc.constant("pwrite" as const), handle, at, text }),
  fc.record({ op: fc.constant("append" as const), handle, text }),
  fc.record({ op: fc.constantFrom("fstat" as const, "close" as const), handle }),
  fc.record({ op: fc.constant("fchmod" as const), handle, mode }),
  fc.record({ op: fc.constant("ftruncate" as const), handle, size: at }),
);
