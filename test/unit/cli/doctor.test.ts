import { describe, expect, it } from "vitest";
import { seccompOf } from "../../../src/cli/doctor.js";

const status = (mode: number, filters?: number): string =>
  `Name:\tguest\nNoNewPrivs:\t1\nSeccomp:\t${mode}\n${filters === undefined ? "" : `Seccomp_filters:\t${filters}\n`}Speculation_Store_Bypass:\tvulnerable\n`;

describe("doctor", () => {
  it.each([
    ["the guest's alone", status(2, 1), status(0, 0), /^filter: read of stdin/],
    ["in a container that has one", status(2, 2), status(2, 1), /^filter: read of stdin/],
    ["the container's alone", status(2, 1), status(2, 1), /^none of its own/],
    ["before Linux 5.9", status(2), status(0), /^filter: read of stdin/],
    ["before Linux 5.9, in a container that has one", status(2), status(2), /^filter, the guest's own or/],
    ["none", status(0), status(0), /^none of its own/],
  ])("tells a guest's filter: %s", (_, guest, own, said) => {
    expect(seccompOf(guest, own)).toMatch(said);
  });
});
