import type { JsonObject, JsonValue } from "../job/json.ts";
import { plainText } from "./plain-text.ts";

/** A result is kept with its job and sent with replies, so it is no place for documents. */
const largestResultBytes = 64 * 1024;

/** Deeper than this, and protobuf's readers, which stop at 100 nested messages, refuse a `Struct`. */
const deepest = 30;

/**
 * Copies what a job gave as its result, so that later changes by its author do not reach the copy. Members
 * that are `undefined` are left out, as `JSON.stringify` does; nothing else is bent into shape.
 * Throws an `Error` that names the place where it is not JSON, or what an accessor of the object throws.
 */
export function copyJsonObject(value: object): JsonObject {
  if (!isPlainObject(value)) throw new Error(`The result is not a plain object: ${kindOf(value)}`);
  const copy = new JsonCopy().object(value, "result", 1);
  if (Buffer.byteLength(JSON.stringify(copy)) > largestResultBytes) throw tooLarge();
  return copy;
}

/** Counts as it copies, so that a small object that refers to itself many times over cannot fill the memory. */
class JsonCopy {
  #bytesLeft = largestResultBytes;

  object(value: object, path: string, depth: number): JsonObject {
    if (depth > deepest) throw tooDeep();
    const members: [string, JsonValue][] = [];
    for (const [key, member] of Object.entries(value)) {
      if (member === undefined) continue;
      this.#count(key.length);
      members.push([key.toWellFormed(), this.#value(member, `${path}.${key}`, depth)]);
    }
    return Object.fromEntries(members);
  }

  #value(value: unknown, path: string, depth: number): JsonValue {
    this.#count(typeof value === "string" ? value.length : 1);
    if (value === null || typeof value === "boolean") return value;
    if (typeof value === "string") return value.toWellFormed();
    if (typeof value === "number" && Number.isFinite(value)) return value;
    if (Array.isArray(value)) return this.#array(value, path, depth + 1);
    if (isPlainObject(value)) return this.object(value, path, depth + 1);
    throw new Error(`The result is not JSON: ${plainText(path, 100)} is ${kindOf(value)}`);
  }

  #array(array: readonly unknown[], path: string, depth: number): JsonValue {
    if (depth > deepest) throw tooDeep();
    const items: JsonValue[] = [];
    // By index, which also visits the holes: they are no JSON.
    for (let index = 0; index < array.length; index++) {
      items.push(this.#value(array[index], `${path}[${index}]`, depth));
    }
    return items;
  }

  #count(bytes: number): void {
    this.#bytesLeft -= bytes;
    if (this.#bytesLeft < 0) throw tooLarge();
  }
}

function tooLarge(): Error {
  return new Error(`The result is larger than ${largestResultBytes} bytes`);
}

function tooDeep(): Error {
  return new Error(`The result is nested deeper than ${deepest} levels, or in a cycle`);
}

/** Also true for objects of another realm, such as a `node:vm` context. */
function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function kindOf(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value !== "object") return `of type ${typeof value}`;
  if (value === null) return "null";
  return plainText(value.constructor?.name ?? "an object", 100);
}
