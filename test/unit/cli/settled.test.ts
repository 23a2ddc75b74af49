import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mergeFlags } from "../../../src/cli/config.js";
import type { SandboxFlags } from "../../../src/cli/flags.js";
import { sandboxOptions } from "../../../src/cli/sandbox.js";

describe("the paths that the command line hands in", () => {
  let directory: string;
  beforeEach(() => {
    directory = realpathSync(mkdtempSync(join(tmpdir(), "sallyport-settled-")));
    mkdirSync(join(directory, "data"));
    writeFileSync(join(directory, "one.image"), "");
    symlinkSync("data", join(directory, "link"));
    symlinkSync("one.image", join(directory, "linked.image"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const flags = (host: string, image: string): SandboxFlags =>
    mergeFlags(
      {},
      {
        mount: [{ host: join(directory, host), guest: "/data", mode: "ro" }],
        env: {},
        image: join(directory, image),
      },
    );

  it("are those that links lead to when it begins", () => {
    const { mount, image } = flags("link", "linked.image");
    expect(mount.map(({ host }) => host)).toEqual([join(directory, "data")]);
    expect(image).toBe(join(directory, "one.image"));
    expect(sandboxOptions(flags("link", "linked.image"))).toMatchObject({ image });
  });

  it.each(["data", "one.image"])("lead nowhere else later: %s", (name) => {
    const settled = flags("data", "one.image");
    expect(() => sandboxOptions(settled)).not.toThrow();
    renameSync(join(directory, name), join(directory, "was"));
    symlinkSync("/", join(directory, name));
    expect(() => sandboxOptions(settled)).toThrow(`there is a link now where "${join(directory, name)}" was`);
  });

  it("are told where there is nothing", () => {
    expect(() => sandboxOptions(flags("none", "one.image"))).toThrow("there is no");
  });
});
