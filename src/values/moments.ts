/** Python's dates and times. Microseconds and offsets are exact; `fold` is 1 for the second of two equal wall clock times. */

/** A time zone: an offset, with a name or without; or a zone of the database, whose offset depends on the moment. */
export interface Zone {
  /** East of UTC, in microseconds; null where it depends on a moment that is not known. */
  readonly offset: number | null;
  readonly name?: string;
  /** The database's key: "Europe/Berlin". */
  readonly key?: string;
}

/** A Python timezone or ZoneInfo. */
export class TimeZone implements Zone {
  readonly offset: number | null;
  declare readonly name?: string;
  declare readonly key?: string;

  constructor(zone: Zone) {
    this.offset = zone.offset;
    if (zone.name !== undefined) this.name = zone.name;
    if (zone.key !== undefined) this.key = zone.key;
  }
}

/**
 * A datetime: the Date of its moment, with what a Date cannot hold. Without `zone` it is a wall clock time of no place,
 * and the Date's UTC fields are that time's. A Python datetime of milliseconds in UTC is a plain Date instead.
 */
export class DateTime extends Date {
  /** Beyond the Date's milliseconds: 0 to 999. */
  readonly microseconds: number;
  readonly zone: Zone | undefined;
  readonly fold: 0 | 1;

  constructor(
    moment: Date | number,
    details: { readonly microseconds?: number; readonly zone?: Zone; readonly fold?: 0 | 1 } = {},
  ) {
    super(moment);
    this.microseconds = details.microseconds ?? 0;
    this.zone = details.zone;
    this.fold = details.fold ?? 0;
  }
}

/** A date of no time zone. */
export class PlainDate {
  /** 1 to 9999. */
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;

  constructor(year: number, month: number, day: number) {
    this.year = year;
    this.month = month;
    this.day = day;
  }

  toString(): string {
    return `${digits(this.year, 4)}-${digits(this.month, 2)}-${digits(this.day, 2)}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

/** A time of day. */
export class PlainTime {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** 0 to 999999. */
  readonly microsecond: number;
  readonly zone: Zone | undefined;
  readonly fold: 0 | 1;

  constructor(
    hour: number,
    minute = 0,
    second = 0,
    microsecond = 0,
    details: { readonly zone?: Zone; readonly fold?: 0 | 1 } = {},
  ) {
    this.hour = hour;
    this.minute = minute;
    this.second = second;
    this.microsecond = microsecond;
    this.zone = details.zone;
    this.fold = details.fold ?? 0;
  }

  toString(): string {
    const fraction = this.microsecond === 0 ? "" : `.${digits(this.microsecond, 6)}`;
    return `${digits(this.hour, 2)}:${digits(this.minute, 2)}:${digits(this.second, 2)}${fraction}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

/** A timedelta as Python keeps it: only `days` may be negative. */
export class TimeDelta {
  readonly days: number;
  /** 0 to 86399. */
  readonly seconds: number;
  /** 0 to 999999. */
  readonly microseconds: number;

  constructor(days: number, seconds = 0, microseconds = 0) {
    this.days = days;
    this.seconds = seconds;
    this.microseconds = microseconds;
  }

  toMilliseconds(): number {
    return (this.days * 86_400 + this.seconds) * 1000 + this.microseconds / 1000;
  }
}

const digits = (value: number, length: number): string => String(value).padStart(length, "0");

const DATETIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{3})(\d{3}))?$/;

/** Whether a time is one of Python's years. */
const inRange = (time: number): boolean => time >= FIRST && time < END;
const FIRST = Date.parse("0001-01-01T00:00:00Z");
const END = Date.parse("+010000-01-01T00:00:00Z");

/** Milliseconds of a UTC date and time that there is; NaN for any other, which Date takes for a later one. */
const parsed = (text: string): number => {
  const time = Date.parse(`${text}Z`);
  return inRange(time) && new Date(time).toISOString().startsWith(text) ? time : Number.NaN;
};

/** The moment of Python's `isoformat()` text without an offset; undefined for what is none. */
export const parseDateTime = (text: string, fold: 0 | 1, zone: Zone | undefined): Date | undefined => {
  const parts = DATETIME.exec(text);
  if (parts === null) return undefined;
  const local = parsed(`${parts[1]}.${parts[2] ?? "000"}`);
  if (Number.isNaN(local)) return undefined;
  const micro = Number(parts[3] ?? "0") - (zone?.offset ?? 0);
  const time = local + Math.floor(micro / 1000);
  const microseconds = micro - Math.floor(micro / 1000) * 1000;
  const utc = zone?.offset === 0 && zone.name === undefined && zone.key === undefined;
  if (utc && microseconds === 0 && fold === 0) return new Date(time);
  return new DateTime(time, { microseconds, fold, ...(zone === undefined ? {} : { zone }) });
};

/** The reverse; undefined for a moment outside of the years 1 to 9999, and for an invalid Date. */
export const formatDateTime = (moment: Date): string | undefined => {
  const micro = moment instanceof DateTime ? moment.microseconds + (moment.zone?.offset ?? 0) : 0;
  const carry = Math.floor(micro / 1000);
  const local = new Date(moment.getTime() + carry);
  if (Number.isNaN(local.getTime())) return undefined;
  const year = local.getUTCFullYear();
  if (year < 1 || year > 9999) return undefined;
  return `${local.toISOString().slice(0, 23)}${digits(micro - carry * 1000, 3)}`;
};

const TIME = /^([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{6}))?$/;

export const parseTime = (text: string, fold: 0 | 1, zone: Zone | undefined): PlainTime | undefined => {
  const parts = TIME.exec(text);
  if (parts === null) return undefined;
  const [hour, minute, second, micro] = parts.slice(1).map((part) => Number(part ?? "0"));
  return new PlainTime(hour ?? 0, minute, second, micro, { fold, ...(zone === undefined ? {} : { zone }) });
};

export const parseDate = (text: string): PlainDate | undefined => {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  return parts === null || Number.isNaN(parsed(`${text}T00:00:00`))
    ? undefined
    : new PlainDate(Number(parts[1]), Number(parts[2]), Number(parts[3]));
};
