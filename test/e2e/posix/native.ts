import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

const GUEST = 1000;

/**
 * What a Python script prints under the system's own Python, in an empty directory.
 * Root may do what others may not, so that root runs it as the user that guests are.
 */
export function runNatively(script: string): string[] {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "sallyport-native-"));
  try {
    fs.chmodSync(root, 0o755);
    const asGuest = process.getuid?.() === 0;
    if (asGuest) fs.chownSync(root, GUEST, GUEST);
    const output = execFileSync(interpreter(asGuest), ["-X", "utf8", "-"], {
      cwd: root,
      input: script,
      encoding: "utf8",
      env: {},
      maxBuffer: 64 << 20,
      stdio: ["pipe", "pipe", "ignore"],
      ...(asGuest ? { uid: GUEST, gid: GUEST } : {}),
    });
    return output.split("\n");
  } finally {
    fs.rmSync(root, { recursive: true, force: true });
  }
}

/** The system's own, which every user may run; else whatever is first in the path. */
function interpreter(asGuest: boolean): string {
  return asGuest && fs.existsSync("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
}
