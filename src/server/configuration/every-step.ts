import { ConfigurationError, errorOfAll, type Problem } from "./configuration-error.ts";

type Step = () => unknown;
type Given<Steps extends readonly Step[]> = { -readonly [K in keyof Steps]: Awaited<ReturnType<Steps[K]>> };

/**
 * Takes each step, one after the other, and gives what they give. Where some refuse with a `ConfigurationError` the rest is
 * looked at nevertheless, and all that was found is told in one, each thing once. Any other error ends it at once.
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
      for (const problem of error.problems) if (!problems.some(isSameAs(problem))) problems.push(problem);
      cause ??= error.cause;
    }
  }
  if (problems.length > 0) throw errorOfAll(problems, { cause });
  return given as Given<Steps>;
}

function isSameAs({ file, field, problem }: Problem): (other: Problem) => boolean {
  return (other) => other.file === file && other.field === field && other.problem === problem;
}
