import { NamedTuple, Range } from "./containers.js";
import { Obstacle } from "./errors.js";
import { mark } from "./marks.js";
import { parseDate, parseDateTime, parseTime, TimeDelta, TimeZone } from "./moments.js";
import type { GuestReferenceParts } from "./options.js";
import {
  array,
  bytes,
  checked,
  integer,
  members,
  moment,
  number,
  type Part,
  text,
  typed,
  zone,
} from "./part.js";
import { isPlain } from "./plain.js";
import {
  Adapted,
  Complex,
  Decimal,
  EnumMember,
  Fraction,
  Path,
  Pattern,
  PythonException,
  UUID,
} from "./scalars.js";
import { TAG, TYPED_ARRAYS } from "./tags.js";
import { beyondHosts } from "./url-hosts.js";
import { fromWtf8 } from "./wtf8.js";

/** The host's own objects that values led to: what the guest says about them marks none of them. */
const own = new WeakSet<object>();

const owned = (value: unknown): unknown => {
  if ((typeof value === "object" && value !== null) || typeof value === "function") own.add(value);
  return value;
};

type TagReader = (part: Part, depth: number) => unknown;

/** The value of a tag whose content comes next. */
export const tagged = (tag: number, part: Part, depth: number): unknown => {
  const read = READERS.get(tag);
  if (read === undefined) throw part.malformed(`the unknown CBOR tag ${tag}`);
  return read(part, depth);
};

const exception: TagReader = (part, depth) => {
  const parts = members(part, depth + 1);
  const args = parts.get("args");
  const notes = parts.get("notes") ?? [];
  if (!Array.isArray(args) || !Array.isArray(notes)) throw part.malformed();
  const cause = parts.get("cause");
  const context = parts.get("context");
  return new PythonException(text(part, parts.get("type")), args, {
    message: text(part, parts.get("message")),
    notes: notes.map((note) => text(part, note)),
    ...(cause === undefined ? {} : { cause }),
    ...(context === undefined ? {} : { context }),
  });
};

const ERRORS = { TypeError, RangeError, SyntaxError, ReferenceError, URIError, EvalError } as const;

const hostError: TagReader = (part) => {
  const parts = members(part, 2);
  const name = text(part, parts.get("name"));
  const message = text(part, parts.get("message"));
  const known = Object.entries(ERRORS).find(([each]) => each === name)?.[1];
  const error = known === undefined ? new Error(message) : new known(message);
  if (error.name !== name)
    Object.defineProperty(error, "name", { value: name, configurable: true, writable: true });
  const code = parts.get("code");
  if (code !== undefined) Object.defineProperty(error, "code", { value: text(part, code), enumerable: true });
  return error;
};

const REFERENCE_KINDS = ["function", "object", "iterator", "async iterator"] as const;

const guestReference: TagReader = (part) => {
  const parts = members(part, 2);
  const id = parts.get("id");
  const kind = REFERENCE_KINDS.find((each) => each === parts.get("kind"));
  if (typeof id !== "number" || !Number.isSafeInteger(id) || kind === undefined) throw part.malformed();
  const doc = parts.get("doc");
  const found: GuestReferenceParts = {
    id,
    kind,
    name: text(part, parts.get("name")),
    ...(doc === undefined ? {} : { doc: text(part, doc) }),
  };
  const { references } = part.options;
  if (references === undefined) throw new Obstacle(`a ${kind} of the guest cannot travel here`);
  return references.guest(found);
};

const hostReference: TagReader = (part) => {
  const id = members(part, 2).get("id");
  if (typeof id !== "number") throw part.malformed();
  const found = part.options.references?.own(id);
  if (found === undefined) throw new Obstacle("the host's object is no longer there");
  return owned(found);
};

const READERS: ReadonlyMap<number, TagReader> = new Map<number, TagReader>([
  ...TYPED_ARRAYS.map(({ tag, make }): [number, TagReader] => [
    tag,
    (part) => {
      const data = bytes(part);
      const made = checked(part, () => make(data.buffer));
      return tag === TAG.uint8 ? mark(made, "array") : made;
    },
  ]),
  [
    TAG.fraction,
    (part) => {
      const [numerator, denominator] = array(part, 2, 2);
      return checked(part, () => new Fraction(integer(part, numerator), integer(part, denominator)));
    },
  ],
  [
    TAG.url,
    (part) => {
      const href = text(part, part.item(1));
      // The guest can make any text a URL; what is none stays text.
      return !beyondHosts(href) && URL.canParse(href) ? new URL(href) : href;
    },
  ],
  [
    TAG.uuid,
    (part) => {
      const hex = Buffer.from(bytes(part)).toString("hex");
      const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
      return checked(part, () => new UUID(parts.join("-")));
    },
  ],
  [
    TAG.wtf8,
    (part) => {
      const string = fromWtf8(bytes(part));
      if (string === undefined) throw part.malformed("text that is no WTF-8");
      return string;
    },
  ],
  [
    TAG.date,
    (part) => {
      const date = parseDate(text(part, part.item(1)));
      if (date === undefined) throw part.malformed("a date that is none");
      return date;
    },
  ],
  [
    TAG.complex,
    (part) => {
      const [real, imaginary] = array(part, 2, 2);
      return new Complex(number(part, real), number(part, imaginary));
    },
  ],
  [
    TAG.namedtuple,
    (part, depth) => {
      const [type, fields, items] = typed(part, depth, 3);
      if (!Array.isArray(fields) || !Array.isArray(items)) throw part.malformed();
      const names = fields.map((field) => text(part, field));
      return checked(part, () => new NamedTuple(text(part, type), names, items));
    },
  ],
  [TAG.datetime, (part) => moment(part, parseDateTime)],
  [TAG.time, (part) => moment(part, parseTime)],
  [
    TAG.timedelta,
    (part) => {
      const [days, seconds, microseconds] = array(part, 2, 3);
      return new TimeDelta(number(part, days), number(part, seconds), number(part, microseconds));
    },
  ],
  [
    TAG.timezone,
    (part) => {
      const found = zone(part, array(part, 2, 1, 2, 3));
      return found === undefined ? null : new TimeZone(found);
    },
  ],
  [TAG.decimal, (part) => checked(part, () => new Decimal(text(part, part.item(1))))],
  [
    TAG.path,
    (part) => {
      const [type, path] = array(part, 3, 2);
      return new Path(text(part, path), text(part, type));
    },
  ],
  [
    TAG.enumMember,
    (part, depth) => {
      const [type, name, value] = typed(part, depth, 3);
      return new EnumMember(text(part, type), name === null ? null : text(part, name), value);
    },
  ],
  [
    TAG.dataclass,
    (part, depth) => {
      const [type, fields] = typed(part, depth, 2);
      if (fields instanceof Map && typeof fields.get("then") === "function") {
        throw new Obstacle(
          "a dataclass whose `then` is a function cannot travel: JavaScript would take it for a promise",
        );
      }
      if (typeof fields !== "object" || fields === null || !isPlain(fields) || own.has(fields)) {
        throw part.malformed();
      }
      return mark(fields, text(part, type));
    },
  ],
  [TAG.exception, exception],
  [TAG.hostError, hostError],
  [
    TAG.memoryview,
    (part, depth) => {
      const value = part.item(depth);
      if (!ArrayBuffer.isView(value) || own.has(value)) throw part.malformed();
      return mark(value, "memoryview");
    },
  ],
  [TAG.bytearray, (part) => mark(bytes(part), "bytearray")],
  [
    TAG.range,
    (part) => {
      const [start, stop, step] = array(part, 2, 3).map((each) => integer(part, each));
      if (start === undefined || stop === undefined || step === undefined) throw part.malformed();
      return checked(part, () => new Range(start, stop, step));
    },
  ],
  [
    TAG.regexp,
    (part) => {
      const [source, flags] = array(part, 3, 2);
      try {
        return new RegExp(text(part, source), text(part, flags));
      } catch {
        throw new Obstacle("a RegExp with a syntax that JavaScript has not cannot travel");
      }
    },
  ],
  [
    TAG.pattern,
    (part) => {
      const [source, flags] = array(part, 3, 2);
      if (typeof source !== "string" && !(source instanceof Uint8Array)) throw part.malformed();
      return new Pattern(source, number(part, flags));
    },
  ],
  [
    TAG.adapted,
    (part, depth) => {
      const [name, value] = typed(part, depth, 2);
      const adapter = part.options.adapters?.find((each) => each.name === name);
      return adapter === undefined ? new Adapted(text(part, name), value) : owned(adapter.decode(value));
    },
  ],
  [TAG.guestReference, guestReference],
  [TAG.hostReference, hostReference],
]);
