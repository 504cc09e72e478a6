import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { Answer, Client } from './client.js';

/** A source as the admin API created it. */
export interface CreatedHrSource {
  readonly id: string;
  readonly webhookUrl: string;
  readonly webhookSecret: string;
}

/** What may be changed of a delivery, to make a bad one. */
export interface Delivery {
  readonly messageId?: string;
  readonly signedAt?: Date;
  readonly secret?: string;
  readonly body?: string;
}

/** An HR system that signs its events (Standard Webhooks). */
export class HrSystem {
  constructor(
    private readonly client: Client,
    readonly source: CreatedHrSource,
  ) {}

  /** Makes the source in the tenant. */
  static async connect(api: Client, name = 'HR'): Promise<HrSystem> {
    return new HrSystem(api, await api.made<CreatedHrSource>('/api/v1/sources', { kind: 'hrms', name }));
  }

  /** The generic HR event. */
  event<Body = Record<string, unknown>>(
    type: string,
    employee: Readonly<Record<string, unknown>>,
    { occurredAt = new Date(), ...delivery }: Delivery & { readonly occurredAt?: Date } = {},
  ): Promise<Answer<Body>> {
    return this.deliver({ body: eventBody(type, employee, occurredAt), ...delivery });
  }

  /** Any body, signed as told. */
  deliver<Body = Record<string, unknown>>(delivery: Delivery): Promise<Answer<Body>> {
    const { body = '' } = delivery;
    return this.client.post<Body>(this.source.webhookUrl, body, { headers: this.headersFor(delivery) });
  }

  /** The signed headers of a delivery. */
  headersFor({
    messageId = `msg_${randomUUID()}`,
    signedAt = new Date(),
    secret,
    body = '',
  }: Delivery): Record<string, string> {
    return {
      'content-type': 'application/json',
      'webhook-id': messageId,
      'webhook-timestamp': String(Math.floor(signedAt.getTime() / 1_000)),
      'webhook-signature': new Webhook(secret ?? this.source.webhookSecret).sign(messageId, signedAt, body),
    };
  }
}

/** The body of the generic HR event. */
export const eventBody = (type: string, employee: object, occurredAt = new Date()): string =>
  JSON.stringify({ id: `evt_${randomUUID()}`, type, occurredAt: occurredAt.toISOString(), employee });
