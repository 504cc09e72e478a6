import { Controller, Headers, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import bodyParser from 'body-parser';
import type { Request, Response } from 'express';
import { ConcurrencyLimit, isUuid, readBody, Refusal } from '@tenure/platform';
import { HrWebhooks, type WebhookAnswer } from './hr-webhooks.js';

const EVENT = bodyParser.raw({ type: () => true, limit: 2 * 1024 * 1024 });

/** `/hrms/:sourceId/webhook`: the generic HR event, signed as Standard Webhooks 1.0 says. */
@ApiTags('hrms')
@Controller('hrms')
export class HrWebhooksController {
  /** The signature is over the body: whoever has none sends one too, so few are read at once from one address. */
  private readonly bodies = new ConcurrencyLimit(
    { each: 64, total: 256 },
    'too_many_events',
    'Too many events are being received from this address; send this one again in a second.',
  );

  constructor(@Inject(HrWebhooks) private readonly webhooks: HrWebhooks) {}

  @Post(':sourceId/webhook')
  @HttpCode(202)
  async receive(
    @Param('sourceId') sourceId: string,
    @Headers() headers: Record<string, string>,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<WebhookAnswer> {
    if (!isUuid(sourceId)) throw new Refusal('source_not_found', 'There is no HR source at this address.');
    await this.bodies.run(request.ip ?? '', () => readBody(EVENT, request, response));
    return this.webhooks.receive(sourceId, Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0), headers);
  }
}
