import { OptionError } from "../errors.js";

export type MountMode = "ro" | "rw" | "cow";

export interface MountSpec {
  readonly host: string;
  readonly guest: string;
  readonly mode: MountMode;
}

const MODES: ReadonlySet<string> = new Set(["ro", "rw", "cow"]);
const isMode = (text: string): text is MountMode => MODES.has(text);

/** "HOST:GUEST[:ro|:rw|:cow]"; the host's path may have colons, the guest's may not. */
export const parseMount = (text: string, option = "--mount"): MountSpec => {
  const parts = text.split(":");
  const last = parts.at(-1) ?? "";
  const mode = isMode(last) ? last : undefined;
  if (mode !== undefined) parts.pop();
  const guest = parts.pop() ?? "";
  const host = parts.join(":");
  if (host === "" || !guest.startsWith("/")) {
    throw new OptionError(
      option,
      `${JSON.stringify(text)} is no mount: give HOST:GUEST or HOST:GUEST:ro|rw|cow, where GUEST begins with "/"`,
    );
  }
  return { host, guest, mode: mode ?? "ro" };
};
