import { Controller, Headers, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { isUuid, Refusal } from '@tenure/platform';
import { HrWebhooks, type WebhookAnswer } from './hr-webhooks.js';

/** `/hrms/:sourceId/webhook`: the generic HR event, signed as Standard Webhooks 1.0 says. */
@ApiTags('hrms')
@Controller('hrms')
export class HrWebhooksController {
  constructor(@Inject(HrWebhooks) private readonly webhooks: HrWebhooks) {}

  @Post(':sourceId/webhook')
  @HttpCode(202)
  receive(
    @Param('sourceId') sourceId: string,
    @Headers() headers: Record<string, string>,
    @Req() request: Request,
  ): Promise<WebhookAnswer> {
    if (!isUuid(sourceId)) throw new Refusal('not_found', 'source_not_found', 'There is no HR source at this address.');
    return this.webhooks.receive(sourceId, Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0), headers);
  }
}
