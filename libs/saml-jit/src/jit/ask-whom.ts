import { Database } from '@tenure/platform';

const KEPT_MS = 10_000;
const MOST = 1_000;

/** Whom a refused person is told to ask, by connection; remembered for moments, since anybody can be refused. */
export class AskWhom {
  private readonly words = new Map<string, { readonly words: string | null; readonly until: number }>();

  constructor(private readonly database: Database) {}

  async of(connectionId: string): Promise<string | null> {
    const kept = this.words.get(connectionId);
    if (kept !== undefined && kept.until > Date.now()) return kept.words;
    const row = await this.database.lookUp<{ words: string | null }>(
      `SELECT rules ->> 'askWhom' AS words FROM saml_rules WHERE connection_id = $1`,
      connectionId,
    );
    if (this.words.size >= MOST) this.words.clear();
    const words = row?.words ?? null;
    this.words.set(connectionId, { words, until: Date.now() + KEPT_MS });
    return words;
  }
}
