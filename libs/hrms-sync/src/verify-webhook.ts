import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { Refusal } from '@tenure/platform';

export interface WebhookHeaders {
  readonly 'webhook-id'?: string;
  readonly 'webhook-timestamp'?: string;
  readonly 'webhook-signature'?: string;
}

/** Checks signature and time window (±5 minutes) as Standard Webhooks 1.0 says; refuses with 401 otherwise. */
export function verifyWebhook(secret: string, body: Buffer, headers: WebhookHeaders): { messageId: string; signedAt: Date } {
  const { 'webhook-id': messageId = '', 'webhook-timestamp': timestamp = '', 'webhook-signature': signature = '' } = headers;
  try {
    new Webhook(secret).verify(body.toString('utf8'), {
      'webhook-id': messageId,
      'webhook-timestamp': timestamp,
      'webhook-signature': signature,
    });
  } catch (error) {
    // A body that is signed well but is no JSON is the next check's to refuse.
    if (error instanceof SyntaxError) return { messageId, signedAt: new Date(Number(timestamp) * 1000) };
    if (!(error instanceof WebhookVerificationError)) throw error;
    throw new Refusal('unauthenticated', 'webhook_signature_invalid', `The webhook was not accepted: ${error.message}. Sign it with the source’s secret (Standard Webhooks).`);
  }
  return { messageId, signedAt: new Date(Number(timestamp) * 1000) };
}
