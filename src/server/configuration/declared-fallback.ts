import type { Work } from "../../runner/work.ts";
import type { CheckedType } from "./config-schema.ts";
import type { DeclaredType } from "./configuration.ts";
import { ConfigurationError } from "./configuration-error.ts";
import { declaredWork, exactlyOne, kindsOfWork, type TypesSource, type WorkSource } from "./declared-work.ts";
import { fieldOf } from "./field-path.ts";
import type { KnownNames } from "./known-names.ts";

/** What a type falls back on: a work of its own, or that of another type. */
export type DeclaredFallback = { readonly work: Work } | { readonly type: string };

/** A type whose fallback may still be the name of another. */
export interface PartlyDeclared extends Pick<DeclaredType, "type" | "work"> {
  readonly fallback?: DeclaredFallback | undefined;
}

/** Where the types were declared, and how they are all called. */
export interface NamedTypes extends TypesSource {
  readonly names: KnownNames;
}

export async function declaredFallback(
  checked: NonNullable<CheckedType["fallback"]>,
  source: WorkSource & NamedTypes,
): Promise<DeclaredFallback> {
  const { type } = checked;
  exactlyOne(checked, [...kindsOfWork, "type"], source);
  if (type === undefined) return { work: await declaredWork(checked, source) };
  const { file, field, names } = source;
  if (names.has(type)) return { type };
  const problem = `no such type: ${type}${names.didYouMean(type)}`;
  throw new ConfigurationError({ file, field: `${field}.type` }, problem);
}

/** Puts the works of the types in the place of their names, which are all known. */
export function withFallbackTypes(
  declared: readonly PartlyDeclared[],
  { file }: TypesSource,
): DeclaredType[] {
  const byName = new Map(declared.map((each) => [each.type.name, each]));
  return declared.map(({ type, work, fallback }) => {
    if (fallback === undefined) return { type, work };
    if ("work" in fallback) return { type, work, fallback: fallback.work };
    if (fallback.type === type.name) {
      const field = fieldOf(["types", type.name, "fallback", "type"]);
      throw new ConfigurationError(
        { file, field },
        `expected another type than this one, found ${type.name}`,
      );
    }
    // Two types may fall back on each other: it is the other's work that is done, and nothing follows that.
    return { type, work, fallback: byName.get(fallback.type)?.work };
  });
}
