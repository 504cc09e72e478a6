import { AddressGuard, OutboundHttp } from '@tenure/platform';
import { ScimPeer } from '../../../../test/peers/scim-peer.js';
import type { FaultRule } from '../../../../test/peers/scim-app/faults.js';
import { UNPACED, type Attributes, type Connector } from '../spi.js';
import { describeConnectorContract } from '../test-kit/index.js';
import { FAULTS } from '../test-kit/index.js';
import type { ConnectorHarness, Fault } from '../test-kit/index.js';
import { scimKind } from './scim-kind.js';

const DEPARTMENT = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department';
const WORK_MAIL = 'emails[type eq "work"].value';
const TOKEN = 'the-scim-token';

const RULES: Readonly<Record<Fault, FaultRule>> = {
  rate_limited: { kind: 'rate_limit', retryAfter: '7' },
  error_before_work: { kind: 'error' },
  error_after_work: { kind: 'error', when: 'after' },
  drop_before_work: { kind: 'drop' },
  drop_after_work: { kind: 'drop', when: 'after' },
  hang_before_work: { kind: 'hang' },
  hang_after_work: { kind: 'hang', when: 'after' },
};

/** The SCIM connector against a SCIM application of its own, in its own process. */
class ScimHarness implements ConnectorHarness {
  readonly attributes = { key: 'userName', optional: 'title', nested: WORK_MAIL };
  readonly secrets = [TOKEN, 'another-token'];
  readonly entitlementKind = 'group';
  readonly faults = FAULTS;
  private readonly http = new OutboundHttp({ guard: new AddressGuard(['127.0.0.0/8']) });
  private readonly strictHttp = new OutboundHttp({ guard: new AddressGuard() });
  private peer!: ScimPeer;

  person(number: number): Attributes {
    return {
      userName: `Person${number}@example.com`,
      'name.givenName': `Given${number}`,
      'name.familyName': `Family${number}`,
      title: `Title of ${number}`,
      [WORK_MAIL]: `mail${number}@example.com`,
      'phoneNumbers[type eq "work"].value': `+49 30 ${1000 + number}`,
      [DEPARTMENT]: `Department ${number}`,
    };
  }

  async start(): Promise<void> {
    this.peer = await ScimPeer.start({ token: TOKEN });
  }

  async stop(): Promise<void> {
    await Promise.all([this.http.close(), this.strictHttp.close()]);
    await this.peer.stop();
  }

  reset(): Promise<void> {
    return this.peer.reset();
  }

  open(variant?: 'wrong_credentials' | 'unreachable' | 'address_refused'): Connector {
    const kind = scimKind(variant === 'address_refused' ? this.strictHttp : this.http);
    const baseUrl = variant === 'unreachable' ? 'http://127.0.0.1:1/scim/v2' : this.peer.baseUrl;
    const token = variant === 'wrong_credentials' ? 'another-token' : TOKEN;
    return kind.open({ config: { baseUrl }, credentials: { token }, attributes: Object.keys(this.person(1)) });
  }

  inject(fault: Fault): Promise<void> {
    return this.peer.inject({ ...RULES[fault], times: 1 });
  }

  async countAccounts(key: string): Promise<number> {
    const { users } = await this.peer.state();
    return users.filter(({ userName }) => userName.toLowerCase() === key.toLowerCase()).length;
  }

  async plant(person: Attributes): Promise<void> {
    const connector = this.open();
    const ignore = { signal: AbortSignal.timeout(5_000), idempotencyKey: 'plant', record: () => undefined, ...UNPACED };
    // An empty externalId is no externalId.
    await connector.create(ignore, { externalId: '', enabled: true, attributes: person });
  }
}

describeConnectorContract('SCIM', new ScimHarness());
