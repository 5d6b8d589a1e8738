import { ConfigurationError, errorOfAll, type Problem } from "./configuration-error.ts";

type Step = () => unknown;
type Given<Steps extends readonly Step[]> = { -readonly [K in keyof Steps]: Awaited<ReturnType<Steps[K]>> };

/**
 * Takes each step, one after the other, and gives what they give. Where some refuse with a `ConfigurationError` the rest is
 * looked at nevertheless, and all that was found is told in one, each thing once. Any other error ends it at once.
 */
export async function everyStep<const Steps extends readonly Step[]>(steps: Steps): Promise<Given<Steps>> {
  const given: unknown[] = [];
  const problems = new Map<string, Problem>();
  let cause: unknown;
  for (const step of steps) {
    try {
      given.push(await step());
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      for (const each of error.problems) problems.set(identityOf(each), each);
      cause ??= error.cause;
    }
  }
  if (problems.size > 0) throw errorOfAll([...problems.values()], { cause });
  return given as Given<Steps>;
}

/** Two steps may find the same thing. */
function identityOf({ file, field, problem }: Problem): string {
  return JSON.stringify([file, field, problem]);
}
