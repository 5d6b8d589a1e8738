import {
  type ConfigurationReport,
  checkConfiguration,
} from "../../server/configuration/check-configuration.ts";
import { errorOfAll, type Problem, textOf } from "../../server/configuration/configuration-error.ts";
import type { ConfigurationSources } from "../../server/configuration/load-configuration.ts";
import { CliError, exitCode } from "../exit-code.ts";
import { jsonText } from "../output/json-text.ts";
import { print } from "../output/print.ts";

/**
 * Tells whether the service could be served, and starts nothing. Ends the process: modules of jobs may have left something
 * going on.
 */
export async function check(sources: ConfigurationSources, { json = false } = {}): Promise<never> {
  const report = await checkConfiguration(sources);
  const isUsable = report.problems.length === 0;
  if (json) print(jsonText(documentOf(report)));
  else {
    for (const warning of report.warnings) process.stderr.write(`Warning: ${textOf(warning)}\n`);
    if (!isUsable) throw new CliError(exitCode.usage, errorOfAll(report.problems).message);
    print(`${report.configuration?.file} can be served: ${typesOf(report)}`);
  }
  process.exit(isUsable ? exitCode.ok : exitCode.usage);
}

function typesOf({ configuration }: ConfigurationReport): string {
  const count = configuration?.types.length ?? 0;
  return count === 1 ? "1 job type" : `${count} job types`;
}

function documentOf({ configuration, problems, warnings }: ConfigurationReport): object {
  return {
    ok: problems.length === 0,
    file: configuration?.file ?? problems.find(({ file }) => file !== undefined)?.file,
    types: configuration?.types.map(({ type }) => type.name),
    problems: problems.map(plainProblem),
    warnings: warnings.map(plainProblem),
  };
}

/** In this order, and without what is not known. */
function plainProblem({ file, line, column, field, problem }: Problem): Problem {
  return { file, line, column, field, problem };
}
