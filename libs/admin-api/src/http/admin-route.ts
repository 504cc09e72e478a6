import { applyDecorators, Controller, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { AdminBody } from './body.interceptor.js';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';
import { KnownQuery } from './known-query.interceptor.js';
import { PrincipalGuard } from './principal.js';

/** A controller of `/api/v1/<path>`: API key, rights, and Idempotency-Key on writes. */
export const AdminRoute = (path: string, tag = path): ClassDecorator =>
  applyDecorators(
    Controller(`api/v1/${path}`),
    ApiTags(tag),
    ApiBearerAuth(),
    UseGuards(PrincipalGuard),
    UseInterceptors(KnownQuery, AdminBody, IdempotencyInterceptor),
  );
