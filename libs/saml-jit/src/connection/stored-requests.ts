import { Clock, Database } from '@tenure/platform';
import { LoginRequests, REQUEST_LIFETIME_MS, type SamlConnection } from '../protocol/saml-connection.js';
import { SamlRequestRow } from './saml-connection.entity.js';

/** Login requests as kept in PostgreSQL. */
export class StoredRequests extends LoginRequests {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async lookUpRequest(
    { id, tenantId }: Pick<SamlConnection, 'id' | 'tenantId'>,
    requestId: string,
  ): Promise<Date | null> {
    const oldest = this.clock.now().getTime() - REQUEST_LIFETIME_MS;
    const row = await this.database.transaction(tenantId, (tx) =>
      tx.repository(SamlRequestRow).findOneBy({ tenantId, connectionId: id, requestId }),
    );
    return row && row.createdAt.getTime() > oldest ? row.createdAt : null;
  }
}
