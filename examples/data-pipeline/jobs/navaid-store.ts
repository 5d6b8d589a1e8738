import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import type { EnrichedNavaid } from "./navaid.ts";

/** The table that the import ends in. A navaid that is there already is written over: an import can be repeated. */
export class NavaidStore {
  readonly #database: DatabaseSync;

  constructor(file: URL) {
    this.#database = new DatabaseSync(fileURLToPath(file));
    this.#database.exec(`
      CREATE TABLE IF NOT EXISTS navaids (
        id INTEGER PRIMARY KEY, ident TEXT, name TEXT, type TEXT, frequency_khz INTEGER,
        latitude REAL, longitude REAL, country TEXT, continent TEXT, band TEXT
      ) STRICT`);
  }

  /** All of them or none. */
  write(navaids: readonly EnrichedNavaid[]): void {
    const insert = this.#database.prepare("INSERT OR REPLACE INTO navaids VALUES (?,?,?,?,?,?,?,?,?,?)");
    this.#database.exec("BEGIN");
    try {
      for (const { id, ident, name, type, frequencyKhz, latitude, longitude, ...rest } of navaids) {
        const { country, continent, band } = rest;
        insert.run(id, ident, name, type, frequencyKhz, latitude, longitude, country, continent, band);
      }
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }
}
