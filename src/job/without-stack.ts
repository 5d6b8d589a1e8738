/**
 * Makes an error that only carries what a caller is told, without a stack: nobody looks for it, and when most calls are
 * refused the stacks cost more than all else of a refusal.
 */
export function withoutStack<E extends Error>(make: () => E): E {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
