/** The files that the command line names, opened or looked at before anything is run. */
import { accessSync, constants, createReadStream, openSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { OptionError } from "../errors.js";
import type { Input } from "../options/sandbox.js";
import { reasonOf } from "../wire/thrown.js";

/** What a guest reads from stdin: this file, or this command's own. */
export const inputOf = (file: string | undefined): Input =>
  file === undefined ? process.stdin : createReadStream(file, { fd: openSync(file, "r") });

/** Throws OptionError where no file can be put: better than after the work. */
export const checkPlace = (option: string, file: string): void => {
  try {
    accessSync(dirname(resolve(file)), constants.W_OK);
  } catch (error) {
    const why = reasonOf(error);
    throw new OptionError(option, `${JSON.stringify(file)} cannot be written: ${why}`, { cause: error });
  }
};
