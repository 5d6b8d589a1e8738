/** Closes a `switch` over a union: the compiler refuses it as soon as a member is missing. */
export function assertNever(value: never): never {
  throw new TypeError(`Unexpected value: ${JSON.stringify(value)}`);
}
