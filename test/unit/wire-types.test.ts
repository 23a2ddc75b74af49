import { expectTypeOf, test } from "vitest";
import type { StatRecord } from "../../src/wire/records.js";
import type { Arguments, Results, WasiArguments, WasiResults } from "../../src/wire/types.js";

test("arguments and results follow from the table", () => {
  expectTypeOf<Arguments<"read">>().toEqualTypeOf<{ readonly fd: number; readonly capacity: number }>();
  expectTypeOf<Results<"read">>().toEqualTypeOf<{ readonly data: Uint8Array; readonly length?: number }>();
  expectTypeOf<Arguments<"write">>().toEqualTypeOf<{ readonly fd: number; readonly data: Uint8Array }>();
  expectTypeOf<Results<"write">>().toEqualTypeOf<{ readonly length: number }>();
  expectTypeOf<Arguments<"truncate">>().toEqualTypeOf<{
    readonly at: number;
    readonly path: string;
    readonly size: bigint;
  }>();
  expectTypeOf<Results<"truncate">>().toEqualTypeOf<void>();
  expectTypeOf<Results<"stat">>().toEqualTypeOf<{ readonly stat: StatRecord }>();
  expectTypeOf<Results<"pipe">>().toEqualTypeOf<{ readonly fds: readonly [number, number] }>();
  expectTypeOf<Results<"seek">>().toEqualTypeOf<{ readonly position: bigint }>();
  expectTypeOf<Arguments<"receive">>().toEqualTypeOf<{
    readonly fd: number;
    readonly capacity: number;
    readonly flags: number;
    readonly address_capacity: number;
  }>();
  expectTypeOf<Results<"receive">>().toEqualTypeOf<{
    readonly data: Uint8Array;
    readonly address: Uint8Array;
    readonly length?: number;
    readonly address_length?: number;
  }>();
  expectTypeOf<WasiArguments<"poll_oneoff">>().toEqualTypeOf<{
    readonly subscriptions: Uint8Array;
    readonly capacity: number;
    readonly nsubscriptions: number;
  }>();
  expectTypeOf<WasiResults<"args_get">>().toEqualTypeOf<{ readonly strings: Uint8Array }>();
});
