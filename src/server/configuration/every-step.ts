import { ConfigurationError, errorOfAll, type Problem } from "./configuration-error.ts";

type Step = () => unknown;
type Given<Steps extends readonly Step[]> = { -readonly [K in keyof Steps]: Awaited<ReturnType<Steps[K]>> };

/**
 * Takes each step, one after the other, and gives what they give. Where some refuse with a `ConfigurationError` the rest is
 * looked at nevertheless, and all that was found is told in one. Any other error ends it at once.
 */
export async function everyStep<const Steps extends readonly Step[]>(steps: Steps): Promise<Given<Steps>> {
  const given: unknown[] = [];
  const problems: Problem[] = [];
  let cause: unknown;
  for (const step of steps) {
    try {
      given.push(await step());
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      problems.push(...error.problems);
      cause ??= error.cause;
    }
  }
  if (problems.length > 0) throw errorOfAll(problems, { cause });
  return given as Given<Steps>;
}
