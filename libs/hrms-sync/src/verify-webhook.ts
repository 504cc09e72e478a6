import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { Refusal } from '@tenure/platform';

export interface WebhookHeaders {
  readonly 'webhook-id'?: string;
  readonly 'webhook-timestamp'?: string;
  readonly 'webhook-signature'?: string;
}

/** Longer ones fit no index. */
const MAX_ID = 256;

/** Checks signature and time window (±5 minutes) as Standard Webhooks 1.0 says; refuses with 401 otherwise. */
export function verifyWebhook(
  secret: string,
  body: Buffer,
  headers: WebhookHeaders,
): { messageId: string; signedAt: Date } {
  const {
    'webhook-id': messageId = '',
    'webhook-timestamp': timestamp = '',
    'webhook-signature': signature = '',
  } = headers;
  // The library reads the digits that a timestamp begins with: one request would have many moments of signing.
  if (timestamp !== '' && !/^\d{1,12}$/.test(timestamp)) throw refused('webhook-timestamp is no number of seconds');
  if (messageId.length > MAX_ID) throw refused(`webhook-id may have ${MAX_ID} characters`);
  try {
    const signed = { 'webhook-id': messageId, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
    new Webhook(secret).verify(body.toString('utf8'), signed, { jsonParse: false });
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    throw refused(error.message);
  }
  return { messageId, signedAt: new Date(Number(timestamp) * 1000) };
}

const refused = (why: string): Refusal =>
  new Refusal(
    'webhook_signature_invalid',
    `The webhook was not accepted: ${why}. Sign it with the source’s secret (Standard Webhooks).`,
  );
