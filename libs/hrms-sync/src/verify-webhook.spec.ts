import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from '@jest/globals';
import { verifyWebhook, type WebhookHeaders } from './verify-webhook.js';

const SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const BODY = '{"type":"employee.updated"}';

/** Headers as a sender makes them, `secondsAgo` before now. */
function signed(body = BODY, secondsAgo = 0, secret = SECRET): Required<WebhookHeaders> {
  const at = new Date(Math.floor(Date.now() / 1000) * 1000 - secondsAgo * 1000);
  return {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(at.getTime() / 1000),
    'webhook-signature': new Webhook(secret).sign('msg_1', at, body),
  };
}

const refused = (message: string): unknown =>
  expect.objectContaining({
    status: 401,
    code: 'webhook_signature_invalid',
    message: expect.stringContaining(message),
  });

describe('verifyWebhook', () => {
  it('accepts what the sender signed, and says its id and when it was signed', () => {
    const headers = signed();
    expect(verifyWebhook(SECRET, Buffer.from(BODY), headers)).toEqual({
      messageId: 'msg_1',
      signedAt: new Date(Number(headers['webhook-timestamp']) * 1000),
    });
  });

  it('accepts one good signature among several, as while a secret is exchanged', () => {
    const other = signed(BODY, 0, `whsec_${Buffer.alloc(32, 1).toString('base64')}`)['webhook-signature'];
    const good = signed();
    expect(() =>
      verifyWebhook(SECRET, Buffer.from(BODY), {
        ...good,
        'webhook-signature': `v1a,x ${other} ${good['webhook-signature']}`,
      }),
    ).not.toThrow();
  });

  it.each([
    ['no JSON', 'employee: ada'],
    ['empty', ''],
    ['beyond ASCII', '{"name":"김 👩‍💻"}'],
  ])('speaks of the signature only: a body that is %s is accepted', (_, body) => {
    expect(() => verifyWebhook(SECRET, Buffer.from(body), signed(body))).not.toThrow();
  });

  it.each<[string, string, WebhookHeaders]>([
    ['another body', `${BODY} `, signed()],
    ['another id', BODY, { ...signed(), 'webhook-id': 'msg_2' }],
    ['another time', BODY, { ...signed(BODY, 10), 'webhook-timestamp': signed()['webhook-timestamp'] }],
    ['another secret', BODY, signed(BODY, 0, `whsec_${Buffer.alloc(32, 8).toString('base64')}`)],
    ['a signature that is cut', BODY, { ...signed(), 'webhook-signature': signed()['webhook-signature'].slice(0, -2) }],
    ['a version without a signature', BODY, { ...signed(), 'webhook-signature': 'v1' }],
    [
      'another version',
      BODY,
      { ...signed(), 'webhook-signature': signed()['webhook-signature'].replace('v1,', 'v2,') },
    ],
  ])('refuses %s', (_, body, headers) => {
    expect(() => verifyWebhook(SECRET, Buffer.from(body), headers)).toThrow(refused('No matching signature found'));
  });

  it.each([
    ['5 minutes old, still in the window', 298, null],
    ['5 minutes ahead, still in the window', -298, null],
    ['older than 5 minutes', 305, 'Message timestamp too old'],
    ['more than 5 minutes ahead', -305, 'Message timestamp too new'],
  ])('a signature that is %s', (_, secondsAgo, why) => {
    const verify = (): unknown => verifyWebhook(SECRET, Buffer.from(BODY), signed(BODY, secondsAgo));
    if (why === null) expect(verify).not.toThrow();
    else expect(verify).toThrow(refused(why));
  });

  it.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const)('refuses a request without %s', (name) => {
    expect(() => verifyWebhook(SECRET, Buffer.from(BODY), { ...signed(), [name]: undefined })).toThrow(
      refused('Missing required headers'),
    );
  });

  it.each(['x', ' ', '.5', 'Z', 'e0'])(
    'refuses a time with %p behind it: a replay must not look like another moment',
    (more) => {
      const headers = signed();
      expect(() =>
        verifyWebhook(SECRET, Buffer.from(BODY), {
          ...headers,
          'webhook-timestamp': `${headers['webhook-timestamp']}${more}`,
        }),
      ).toThrow(refused('webhook-timestamp is no number of seconds'));
    },
  );
});
