import { types } from "node:util";

/** Whether an object is one of no class: what becomes a dict. */
export const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || isRootPrototype(prototype);
};

/** Object.prototype of another realm. */
const isRootPrototype = (prototype: unknown): boolean =>
  typeof prototype === "object" &&
  prototype !== null &&
  Object.getPrototypeOf(prototype) === null &&
  Object.hasOwn(prototype, "hasOwnProperty");

/** Why an object of another class cannot travel. */
export const cannot = (value: object): string => {
  if (types.isPromise(value)) return "a Promise cannot travel: await it first";
  if (types.isProxy(value)) return "a Proxy cannot travel";
  const made: unknown = Reflect.get(value, "constructor");
  const name = typeof made === "function" && made.name !== "" ? made.name : "this class";
  return `an instance of ${name} cannot travel: give an adapter for it, or make it a plain object`;
};
