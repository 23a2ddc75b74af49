/** What `driver.py` says of one module of CPython's test suite. */
export interface ModuleResult {
  readonly module: string;
  readonly status: "passed" | "failed" | "skipped" | "error" | "timeout" | "died";
  /** Tests that passed. */
  readonly passed?: number;
  /** The exception of each test that failed, by the test's name. */
  readonly failed?: Readonly<Record<string, string>>;
  /** How many tests were skipped, by the reason. */
  readonly skips?: Readonly<Record<string, number>>;
  readonly why?: string;
  /** CPU time, in seconds. */
  readonly seconds?: number;
}

/** One module in the guest, and in a native Python of the same version. */
export interface Compared {
  readonly guest?: ModuleResult;
  readonly native?: ModuleResult;
}
