/** Values of Python and JavaScript: the codec, and the classes for what JavaScript has not. */
export { FrozenSet, NamedTuple, Range, Tuple, tuple } from "./containers.js";
export { decode } from "./decode.js";
export { encode } from "./encode.js";
export { TravelError } from "./errors.js";
export { bytearray, dataclass, mark, markOf, pythonType } from "./marks.js";
export { DateTime, PlainDate, PlainTime, TimeDelta, TimeZone, type Zone } from "./moments.js";
export type {
  Adapter,
  DecodeOptions,
  EncodeOptions,
  GuestReferenceParts,
  HostReferenceParts,
  ReferenceResolver,
  ReferenceTable,
} from "./options.js";
export {
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
