import { Clock, Database } from '@tenure/platform';
import { LoginRequests, REQUEST_LIFETIME_MS } from './protocol/saml-connection.js';
import { SamlRequestRow } from './saml-connection.entity.js';

/** Login requests as kept in PostgreSQL. */
export class StoredRequests extends LoginRequests {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async lookUpRequest(connectionId: string, requestId: string): Promise<Date | null> {
    const oldest = this.clock.now().getTime() - REQUEST_LIFETIME_MS;
    const row = await this.database.asSystem((tx) =>
      tx.repository(SamlRequestRow).findOneBy({ connectionId, requestId }),
    );
    return row && row.createdAt.getTime() > oldest ? row.createdAt : null;
  }
}
