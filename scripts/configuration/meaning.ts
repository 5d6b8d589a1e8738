/** What a setting means, for people. */
export interface Meaning {
  readonly text: string;
  /** What holds where it is left out and the schema cannot say it. */
  readonly absent?: string;
  /** As it stands in YAML. */
  readonly example?: string;
}
