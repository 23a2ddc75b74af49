import { chmodSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ARTIFACTS, findPrebuilt } from "../../src/engine/prebuilt.js";
import { run } from "./processes.js";

/** A recorded conversation: how the guest was started, and every answer that it got. */
export interface Recorded {
  readonly file: string;
  readonly argv: readonly string[];
  /** The file with the answers, one frame after the other. */
  readonly answers: string;
}

/** Stands in for the guest's executable: passes everything on, and keeps what the controller answers. */
const tee = (guest: string, argv: string, answers: string): string => `#!${process.execPath}
const { spawn } = require("node:child_process");
const { appendFileSync, writeFileSync } = require("node:fs");
const args = process.argv.slice(2);
writeFileSync(${JSON.stringify(argv)}, JSON.stringify(args));
const own = args.map((arg, i) => (args[i - 1] === "--parent" ? String(process.pid) : arg));
const child = spawn(${JSON.stringify(guest)}, own, { stdio: ["pipe", "pipe", "inherit"], env: {} });
process.stdin.on("data", (data) => { appendFileSync(${JSON.stringify(answers)}, data); child.stdin.write(data); });
child.stdout.on("data", (data) => process.stdout.write(data));
child.on("exit", (code) => process.exit(code ?? 1));
`;

/** Records what the controller answers while a fresh sandbox runs this code once. */
export async function recordAnswers(code: string, folder: string): Promise<Recorded> {
  const prebuilt = findPrebuilt();
  const guest = realpathSync(prebuilt.artifact(ARTIFACTS.native).path);
  const stand = join(folder, "prebuilt");
  const [argv, answers] = [join(folder, "argv.json"), join(folder, "answers")];
  mkdirSync(stand);
  writeFileSync(join(stand, "package.json"), '{ "type": "commonjs" }');
  const real = join(guest, "..");
  const script = tee(guest, argv, answers);
  for (const name of Object.values(ARTIFACTS)) {
    if (name !== ARTIFACTS.native) symlinkSync(join(real, name), join(stand, name));
  }
  writeFileSync(join(stand, ARTIFACTS.native), script);
  chmodSync(join(stand, ARTIFACTS.native), 0o755);
  const manifest: { files: Record<string, { size: number }> } = JSON.parse(
    readFileSync(join(real, "manifest.json"), "utf8"),
  );
  const entry = manifest.files[ARTIFACTS.native];
  if (entry !== undefined) entry.size = Buffer.byteLength(script);
  writeFileSync(join(stand, "manifest.json"), JSON.stringify(manifest));
  const cli = join(import.meta.dirname, "../../dist/bundle/sallyport.js");
  const ran = await run(process.execPath, [cli, "run", "--engine", "native", "-c", code], "", {
    ...process.env,
    SALLYPORT_PREBUILT: stand,
  });
  if (ran.status !== 0) throw new Error(`recording failed: ${ran.stderr}`);
  const recorded: string[] = JSON.parse(readFileSync(argv, "utf8"));
  const parent = recorded.indexOf("--parent");
  const args = parent < 0 ? recorded : [...recorded.slice(0, parent), ...recorded.slice(parent + 2)];
  return { file: guest, argv: args, answers };
}
