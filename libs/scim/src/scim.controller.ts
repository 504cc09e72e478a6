import {
  Body,
  Catch,
  Controller,
  Get,
  HttpCode,
  HttpException,
  Inject,
  Param,
  Patch,
  Post,
  Query,
  Req,
  Res,
  UseFilters,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { CONFIG, isUnavailable, LOG, messageOf, type Config, type Log } from '@tenure/platform';
import { Sources, type Source } from '@tenure/identity';
import { ScimError } from './scim-error.js';
import { ScimUsers, type ListQuery } from './users.js';

const MEDIA_TYPE = 'application/scim+json';

/** Every answer of the door is SCIM's, errors included (RFC 7644 §3.12). */
@Catch()
export class ScimErrorFilter implements ExceptionFilter {
  constructor(@Inject(LOG) private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const scim = this.asScim(error);
    if (scim.status === 401) response.setHeader('WWW-Authenticate', 'Bearer realm="scim"');
    if (scim.status === 503) response.setHeader('Retry-After', '1');
    response.status(scim.status).setHeader('Content-Type', MEDIA_TYPE).send(JSON.stringify(scim.toBody()));
  }

  private asScim(error: unknown): ScimError {
    if (error instanceof ScimError) return error;
    if (error instanceof HttpException)
      return new ScimError(error.getStatus(), error.message, error.getStatus() === 400 ? 'invalidSyntax' : undefined);
    if (isUnavailable(error))
      return new ScimError(503, 'The database cannot be reached right now; nothing was changed. Try again.');
    this.log.error({ event: 'scim.failed', reason: messageOf(error), err: error });
    return new ScimError(500, 'Something is wrong on our side; it was logged.');
  }
}

/** `/scim/v2/Users`. The bearer token names tenant and source. */
@ApiTags('scim')
@Controller('scim/v2/Users')
@UseFilters(ScimErrorFilter)
export class ScimUsersController {
  constructor(
    @Inject(ScimUsers) private readonly users: ScimUsers,
    @Inject(Sources) private readonly sources: Sources,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post()
  async create(@Req() request: Request, @Res() response: Response, @Body() body: unknown): Promise<void> {
    const user = await this.users.create(await this.source(request), this.base, body);
    response.setHeader('Location', (user as { meta: { location: string } }).meta.location);
    send(response, 201, user);
  }

  @Get()
  async list(
    @Req() request: Request,
    @Res() response: Response,
    @Query() query: Record<string, unknown>,
  ): Promise<void> {
    send(response, 200, await this.users.list(await this.source(request), this.base, onlyTexts(query)));
  }

  @Get(':id')
  async get(@Req() request: Request, @Res() response: Response, @Param('id') id: string): Promise<void> {
    send(response, 200, await this.users.get(await this.source(request), this.base, id));
  }

  @Patch(':id')
  @HttpCode(200)
  async patch(
    @Req() request: Request,
    @Res() response: Response,
    @Param('id') id: string,
    @Body() body: unknown,
  ): Promise<void> {
    send(response, 200, await this.users.patch(await this.source(request), this.base, id, body));
  }

  private get base(): string {
    return `${this.config.publicUrl}/scim/v2`;
  }

  private async source(request: Request): Promise<Source> {
    const [, token] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    const source = token === undefined ? null : await this.sources.findByToken(token);
    if (source === null) throw new ScimError(401, 'Send the source’s token as "Authorization: Bearer <token>".');
    if (source.retiredAt !== null) throw new ScimError(403, 'This source was retired and says nothing any more.');
    return source;
  }
}

function send(response: Response, status: number, body: object): void {
  response
    .status(status)
    .setHeader('Content-Type', MEDIA_TYPE)
    .send(Buffer.from(JSON.stringify(body)));
}

const onlyTexts = (query: Record<string, unknown>): ListQuery =>
  Object.fromEntries(Object.entries(query).filter(([, value]) => typeof value === 'string'));
