/** A radio beacon that aircraft find their way by. */
export interface Navaid {
  readonly id: number;
  readonly ident: string;
  readonly name: string;
  readonly type: string;
  readonly frequencyKhz: number;
  readonly latitude: number;
  readonly longitude: number;
  readonly countryCode: string;
}

/** With what the file does not say. */
export interface EnrichedNavaid extends Navaid {
  readonly country: string;
  readonly continent: string;
  readonly band: string;
}

/** Throws for a record that is no navaid. */
export function navaidOf(record: Readonly<Record<string, string>>): Navaid {
  const { ident = "", name = "", type = "", iso_country: countryCode = "" } = record;
  if (ident === "") throw new RangeError("ident is missing");
  return {
    id: numberOf(record, "id", [1, Number.MAX_SAFE_INTEGER]),
    ident,
    name,
    type,
    frequencyKhz: numberOf(record, "frequency_khz", [1, 1_000_000]),
    latitude: numberOf(record, "latitude_deg", [-90, 90]),
    longitude: numberOf(record, "longitude_deg", [-180, 180]),
    countryCode,
  };
}

function numberOf(
  record: Readonly<Record<string, string>>,
  field: string,
  [least, most]: readonly [number, number],
): number {
  const text = record[field] ?? "";
  const value = text === "" ? Number.NaN : Number(text);
  if (value >= least && value <= most) return value;
  throw new RangeError(`${field} is not a number from ${least} to ${most}: ${text}`);
}

/** The band of radio in which a frequency lies. */
export function bandOf(frequencyKhz: number): string {
  if (frequencyKhz < 300) return "LF";
  if (frequencyKhz < 3000) return "MF";
  return frequencyKhz < 300_000 ? "VHF" : "UHF";
}
