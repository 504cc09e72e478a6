import { Body, Delete, HttpCode, Inject, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { Database } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import { ConnectionKeys, MetadataRefresh, getConnection } from '@tenure/saml-jit';
import { AdminRoute } from '../http/admin-route.js';
import { actorOf, Caller, Needs } from '../http/principal.js';
import { AddKeyDto } from './saml-connections.dto.js';

/** Our keys toward an identity provider, and its metadata. */
@AdminRoute('saml-connections', 'saml')
export class SamlKeysController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(ConnectionKeys) private readonly keys: ConnectionKeys,
    @Inject(MetadataRefresh) private readonly metadata: MetadataRefresh,
  ) {}

  /** Makes the next key of a purpose and publishes it in our metadata beside the one in use. */
  @Post(':id/keys')
  @Needs('configure')
  async add(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { purpose }: AddKeyDto,
  ): Promise<object> {
    await this.database.transaction(caller.tenantId, (tx) => getConnection(tx, id));
    return { id: await this.keys.add(caller.tenantId, actorOf(caller), id, purpose), purpose, state: 'next' };
  }

  /** Uses the key from now on, once the identity provider knows it. The one before stays published until it is retired. */
  @Post(':id/keys/:keyId/activate')
  @HttpCode(204)
  @Needs('configure')
  async activate(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Param('keyId', ParseUUIDPipe) keyId: string,
  ): Promise<void> {
    await this.database.transaction(caller.tenantId, (tx) => this.keys.activate(tx, actorOf(caller), id, keyId));
  }

  /** Takes a key that is not in use out of our metadata, and forgets its private half. */
  @Delete(':id/keys/:keyId')
  @HttpCode(204)
  @Needs('configure')
  async retire(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Param('keyId', ParseUUIDPipe) keyId: string,
  ): Promise<void> {
    await this.database.transaction(caller.tenantId, (tx) => this.keys.retire(tx, actorOf(caller), id, keyId));
  }

  /** Reads the identity provider's metadata now; the answer says what is wrong with it. */
  @Post(':id/refresh')
  @HttpCode(200)
  @Needs('configure')
  async refresh(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<{ refreshed: boolean; error: string | null }> {
    const { metadataUrl } = await this.database.transaction(caller.tenantId, (tx) => getConnection(tx, id));
    if (metadataUrl === null) return { refreshed: false, error: 'The connection has no idpMetadataUrl.' };
    const error = await this.metadata.refresh(caller.tenantId, actorOf(caller), id);
    return { refreshed: error === null, error };
  }
}
