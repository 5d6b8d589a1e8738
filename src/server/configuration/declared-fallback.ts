import type { Work } from "../../runner/work.ts";
import type { CheckedType } from "./config-schema.ts";
import type { DeclaredType } from "./configuration.ts";
import { ConfigurationError } from "./configuration-error.ts";
import { declaredWork, exactlyOne, kindsOfWork, type TypesSource, type WorkSource } from "./declared-work.ts";
import { fieldOf } from "./expectation.ts";

/** What a type falls back on: a work of its own, or that of another type. */
export type DeclaredFallback = { readonly work: Work } | { readonly type: string };

/** A type whose fallback may still be the name of another. */
export interface PartlyDeclared extends Pick<DeclaredType, "type" | "work"> {
  readonly fallback?: DeclaredFallback | undefined;
}

export async function declaredFallback(
  checked: NonNullable<CheckedType["fallback"]>,
  source: WorkSource,
): Promise<DeclaredFallback> {
  exactlyOne(checked, [...kindsOfWork, "type"], source);
  return checked.type === undefined ? { work: await declaredWork(checked, source) } : { type: checked.type };
}

/** Puts the works of the types in the place of their names. */
export function withFallbackTypes(
  declared: readonly PartlyDeclared[],
  { file }: TypesSource,
): DeclaredType[] {
  const byName = new Map(declared.map((each) => [each.type.name, each]));
  return declared.map(({ type, work, fallback }) => {
    if (fallback === undefined) return { type, work };
    if ("work" in fallback) return { type, work, fallback: fallback.work };
    const field = fieldOf(["types", type.name, "fallback", "type"]);
    const other = byName.get(fallback.type);
    if (other === undefined) throw new ConfigurationError({ file, field }, `no such type: ${fallback.type}`);
    // Two types may fall back on each other: it is the other's work that is done, and nothing follows that.
    if (other.type === type)
      throw new ConfigurationError(
        { file, field },
        `expected another type than this one, found ${type.name}`,
      );
    return { type, work, fallback: other.work };
  });
}
