import { randomUUID } from "node:crypto";
import { DatabaseSync, type SQLOutputValue } from "node:sqlite";
import { fileURLToPath } from "node:url";

/** What is to be sent, to one recipient. */
export interface Draft {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface Letter extends Draft {
  readonly id: number;
  /** The same however often it is sent, so that a mailbox can tell a copy. */
  readonly messageId: string;
}

/**
 * `sending` is written before a letter goes out. A letter that is found so later was with the server when all ended: nobody
 * can say whether the server took it. It is `in-doubt` then, and not sent again unless a person says so.
 */
export type LetterState = "waiting" | "sending" | "sent" | "refused" | "in-doubt";

/** What came of a letter, and in which words the server said so. */
export interface Answer {
  readonly state: Exclude<LetterState, "sending">;
  readonly words: string;
}

/** The letters, in a table. Each change of many is one transaction: all of it is on the disk, or nothing. */
export class Outbox implements Disposable {
  readonly #database: DatabaseSync;

  constructor(file: URL) {
    this.#database = new DatabaseSync(fileURLToPath(file), { timeout: 5000 });
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      CREATE TABLE IF NOT EXISTS letters (
        id INTEGER PRIMARY KEY, message_id TEXT, recipient TEXT, subject TEXT, text TEXT,
        state TEXT DEFAULT 'waiting', run_id TEXT, tries INTEGER DEFAULT 0, words TEXT
      ) STRICT;
      CREATE INDEX IF NOT EXISTS letters_by_state ON letters (state, id)`);
  }

  add(drafts: readonly Draft[]): void {
    const insert = this.#database.prepare(
      "INSERT INTO letters (message_id, recipient, subject, text) VALUES (?, ?, ?, ?)",
    );
    this.#atomically(() => {
      for (const { to, subject, text } of drafts)
        insert.run(`<${randomUUID()}@example.org>`, to, subject, text);
    });
  }

  /** Those that wait, in order of arrival, each once. It reads ahead no more than it is asked for. */
  *waiting(): Generator<Letter> {
    const next = this.#database.prepare(
      "SELECT * FROM letters WHERE state = 'waiting' AND id > ? ORDER BY id LIMIT 1",
    );
    for (let row = next.get(0); row !== undefined; ) {
      const letter = letterOf(row);
      yield letter;
      row = next.get(letter.id);
    }
  }

  /** Before a batch goes out. */
  claim(letters: readonly Letter[], runId: string): void {
    const claim = this.#database.prepare(
      "UPDATE letters SET state = 'sending', run_id = ?, tries = tries + 1 WHERE id = ?",
    );
    this.#atomically(() => {
      for (const { id } of letters) claim.run(runId, id);
    });
  }

  /** When a batch is over. Those of its letters that have no answer did not go out: they wait again. */
  settle(letters: readonly Letter[], answers: ReadonlyMap<Letter, Answer>): void {
    const settle = this.#database.prepare("UPDATE letters SET state = ?, words = ? WHERE id = ?");
    const handBack = this.#database.prepare(
      "UPDATE letters SET state = 'waiting', tries = tries - 1 WHERE id = ?",
    );
    this.#atomically(() => {
      for (const letter of letters) {
        const answer = answers.get(letter);
        if (answer === undefined) handBack.run(letter.id);
        else settle.run(answer.state, answer.words, letter.id);
      }
    });
  }

  /** Puts in doubt what was being sent when a run before this one was cut off. Tells which letters these are. */
  findLost(): Letter[] {
    const found = this.#database
      .prepare(
        "UPDATE letters SET state = 'in-doubt', words = 'cut off while it was sent' WHERE state = 'sending' RETURNING *",
      )
      .all();
    return found.map(letterOf);
  }

  sendDoubtfulAgain(): void {
    this.#database.exec("UPDATE letters SET state = 'waiting' WHERE state = 'in-doubt'");
  }

  count(state: LetterState, { runId }: { readonly runId?: string } = {}): number {
    const { count = 0 } =
      this.#database
        .prepare("SELECT count(*) AS count FROM letters WHERE state = ?1 AND (?2 IS NULL OR run_id = ?2)")
        .get(state, runId ?? null) ?? {};
    return Number(count);
  }

  /** What the server said of letters of this run that are in such a state: of at most `limit` of them. */
  words(state: LetterState, { runId, limit }: { readonly runId: string; readonly limit: number }) {
    return this.#database
      .prepare("SELECT recipient, words FROM letters WHERE state = ? AND run_id = ? ORDER BY id LIMIT ?")
      .all(state, runId, limit)
      .map(({ recipient, words }) => ({ to: String(recipient), words: String(words) }));
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #atomically(change: () => void): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      change();
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }
}

function letterOf(row: Record<string, SQLOutputValue>): Letter {
  const { id, message_id: messageId, recipient, subject, text } = row;
  return {
    id: Number(id),
    messageId: String(messageId),
    to: String(recipient),
    subject: String(subject),
    text: String(text),
  };
}
