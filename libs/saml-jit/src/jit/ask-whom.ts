import { Database } from '@tenure/platform';

const KEPT_MS = 10_000;
const MOST = 1_000;

/** A connection that somebody was refused at: it exists, and may name whom to ask. */
export interface RefusedAt {
  readonly askWhom: string | null;
}

/** Which connection it was, and whom a refused person is to ask; remembered for moments, since anybody can be refused. */
export class AskWhom {
  private readonly found = new Map<string, { readonly at: RefusedAt | null; readonly until: number }>();

  constructor(private readonly database: Database) {}

  /** Null: there is no such connection. */
  async of(connectionId: string): Promise<RefusedAt | null> {
    const kept = this.found.get(connectionId);
    if (kept !== undefined && kept.until > Date.now()) return kept.at;
    const at = await this.database.lookUp<RefusedAt & object>(
      `SELECT r.rules ->> 'askWhom' AS "askWhom" FROM saml_connections c
         LEFT JOIN saml_rules r ON r.tenant_id = c.tenant_id AND r.connection_id = c.id
       WHERE c.id = $1 AND c.deleted_at IS NULL`,
      connectionId,
    );
    if (this.found.size >= MOST) this.found.clear();
    this.found.set(connectionId, { at, until: Date.now() + KEPT_MS });
    return at;
  }
}
