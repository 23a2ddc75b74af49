import type { Description } from "../../kernel/description.js";
import type { Kernel } from "../../kernel/kernel.js";
import type { Handlers } from "../../wire/types.js";
import { RightsTable } from "./rights.js";

/** A directory that a program finds open when it starts. */
export interface Preopen {
  /** The name by which the program knows it: "/", "/data", "." … */
  readonly name: string;
  /** Guest path of the directory. */
  readonly path: string;
}

/** What the functions of WASI work on. */
export interface Context {
  readonly kernel: Kernel;
  readonly ops: Handlers;
  readonly rights: RightsTable;
  /** Preopened directories and their names, as bytes. */
  readonly preopened: Map<Description, Uint8Array>;
}

export const context = (kernel: Kernel): Context => ({
  kernel,
  ops: kernel.operations,
  rights: new RightsTable(),
  preopened: new Map(),
});

/** The open file of a descriptor, for which the rights are there. Throws EBADF, ENOTCAPABLE. */
export const capable = ({ kernel, rights }: Context, fd: number, needed: bigint): Description => {
  const description = kernel.description(fd);
  rights.require(description, needed);
  return description;
};
