/** A Python Decimal, exactly as it prints: "1.50", "-0", "NaN", "1E+3". */
export class Decimal {
  readonly text: string;

  /** RangeError for what is no decimal number. */
  constructor(text: string) {
    if (!/^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|s?nan\d*)$/i.test(text)) {
      throw new RangeError(`${JSON.stringify(text.slice(0, 80))} is no decimal number`);
    }
    this.text = text;
  }

  toString(): string {
    return this.text;
  }

  toJSON(): string {
    return this.text;
  }

  /** The nearest number. */
  toNumber(): number {
    const text = this.text.toLowerCase();
    if (text.includes("nan")) return Number.NaN;
    if (text.includes("inf"))
      return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    return Number(text);
  }
}

/** A Python Fraction. */
export class Fraction {
  readonly numerator: number | bigint;
  /** Not zero. */
  readonly denominator: number | bigint;

  constructor(numerator: number | bigint, denominator: number | bigint) {
    if (BigInt(denominator) === 0n) throw new RangeError("the denominator of a fraction cannot be 0");
    this.numerator = numerator;
    this.denominator = denominator;
  }

  toString(): string {
    return `${this.numerator}/${this.denominator}`;
  }

  toNumber(): number {
    return Number(this.numerator) / Number(this.denominator);
  }
}

/** A Python complex. */
export class Complex {
  readonly real: number;
  readonly imaginary: number;

  constructor(real: number, imaginary: number) {
    this.real = real;
    this.imaginary = imaginary;
  }

  toString(): string {
    return `${this.real}${this.imaginary < 0 ? "" : "+"}${this.imaginary}j`;
  }
}

/** A uuid.UUID: "12345678-1234-5678-1234-567812345678". */
export class UUID {
  readonly text: string;

  constructor(text: string) {
    if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) {
      throw new RangeError(`${JSON.stringify(text.slice(0, 80))} is no UUID`);
    }
    this.text = text.toLowerCase();
  }

  toString(): string {
    return this.text;
  }

  toJSON(): string {
    return this.text;
  }
}

/** A pathlib path of the guest. */
export class Path {
  readonly text: string;
  /** Its class: "PosixPath", "PurePosixPath", "PureWindowsPath". */
  readonly type: string;

  constructor(text: string, type = "PosixPath") {
    this.text = text;
    this.type = type;
  }

  toString(): string {
    return this.text;
  }

  toJSON(): string {
    return this.text;
  }
}

/** A member of a Python Enum. A combination of flags has no name. */
export class EnumMember<T = unknown> {
  /** `module:Name` of its class. */
  readonly type: string;
  readonly memberName: string | null;
  readonly value: T;

  constructor(type: string, memberName: string | null, value: T) {
    this.type = type;
    this.memberName = memberName;
    this.value = value;
  }
}

/** A compiled regular expression of Python (re.Pattern). */
export class Pattern {
  readonly source: string | Uint8Array;
  /** Bits of re.RegexFlag. */
  readonly flags: number;

  constructor(source: string | Uint8Array, flags: number) {
    this.source = source;
    this.flags = flags;
  }

  /** The same as a RegExp; SyntaxError where JavaScript has no such syntax. It may still match differently. */
  toRegExp(extraFlags = ""): RegExp {
    if (typeof this.source !== "string") throw new SyntaxError("a pattern of bytes has no RegExp");
    const source = this.source
      .replace(/\(\?P<(\w+)>/g, "(?<$1>")
      .replace(/\(\?P=(\w+)\)/g, "\\k<$1>")
      .replace(/\\Z/g, "$")
      .replace(/\\A/g, "^");
    const flags = [[2, "i"] as const, [8, "m"] as const, [16, "s"] as const]
      .filter(([bit]) => (this.flags & bit) !== 0)
      .map(([, letter]) => letter);
    return new RegExp(source, [...new Set([...flags, ...extraFlags])].join(""));
  }
}

/** What an adapter gave for an object, where the other side has no adapter of that name. */
export class Adapted<T = unknown> {
  readonly adapter: string;
  readonly value: T;

  constructor(adapter: string, value: T) {
    this.adapter = adapter;
    this.value = value;
  }
}

/** A Python exception as a value: it can be thrown, and goes back as itself. */
export class PythonException extends Error {
  override readonly name: string;
  /** `module:Name` of its class. */
  readonly type: string;
  readonly args: readonly unknown[];
  readonly notes: readonly string[];
  /** What was being handled when it was raised, unless it has a `cause`. */
  readonly context: unknown;

  constructor(
    type: string,
    args: readonly unknown[],
    details: {
      readonly message?: string;
      readonly notes?: readonly string[];
      readonly cause?: unknown;
      readonly context?: unknown;
    } = {},
  ) {
    const { message = args.map(String).join(", "), notes = [], cause, context } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.name = type.slice(type.lastIndexOf(":") + 1);
    this.type = type;
    this.args = args;
    this.notes = notes;
    this.context = context;
  }
}
