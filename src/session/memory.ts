/**
 * A session's memory, asked for or given. Only a guest that was taken over would keep its owner waiting for that: it is killed then.
 */

import { formatDuration } from "../checks/units.js";
import { ClosedError, ProtocolError, SnapshotError } from "../errors.js";
import { transferTime } from "../limits/transfer.js";
import type { MemoryState } from "../snapshot/state.js";
import type { MemoryTransfer } from "../snapshot/transfer.js";
import { type PythonDriver, VERB } from "./driver.js";
import type { Session } from "./session.js";

export interface MemoryOfSession {
  readonly session: Session;
  readonly driver: PythonDriver;
  readonly transfer: MemoryTransfer;
  /** The most bytes that it may have. */
  readonly limit: number;
}

const tellInTime = async (
  { session, driver, limit }: MemoryOfSession,
  verb: number,
  what: string,
): Promise<void> => {
  const time = transferTime(limit);
  let failed: string | undefined;
  const timer = setTimeout(() => {
    failed = `it did not ${what} its memory within ${formatDuration(time)}`;
    session.kill(failed);
  }, time);
  try {
    await driver.tell({ verb, argument: 0n });
  } catch (error) {
    if (failed === undefined) throw error;
    throw new SnapshotError(`the guest was killed: ${failed}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
};

/**
 * Memory as it is, for whoever has the session's turn.
 *
 * @throws SnapshotError where the guest takes for ever, ProtocolError where it hands over what is none; it is gone then
 */
export const saveMemory = async (memory: MemoryOfSession): Promise<MemoryState> => {
  const { session, transfer } = memory;
  transfer.beginSaving();
  try {
    await tellInTime(memory, VERB.snapshot, "hand over");
    return transfer.saved();
  } catch (error) {
    if (error instanceof ProtocolError) session.kill(`it broke the protocol: ${error.message}`);
    throw error;
  } finally {
    transfer.end();
  }
};

/** Memory as it was. @throws SnapshotError where the guest does not take it; it is gone then */
export const restoreMemory = async (memory: MemoryOfSession, state: MemoryState): Promise<void> => {
  const { session, transfer } = memory;
  transfer.beginLoading(state);
  try {
    await session.exclusive(() => tellInTime(memory, VERB.restore, "take"));
  } catch (error) {
    session.kill("its snapshot could not be restored");
    throw error instanceof ClosedError
      ? new SnapshotError(`the snapshot could not be restored: ${error.message}`, { cause: error })
      : error;
  } finally {
    transfer.end();
  }
};
