import { Controller, Delete, Get, HttpCode, Inject, Patch, Post, Put, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { ScimBulk } from '../bulk/bulk.js';
import { isValues } from '../schema/read-value.js';
import { ScimResources } from '../resources/resources.js';
import { ACCESS_SECONDS, ScimClients } from '../clients/scim-clients.js';
import { ScimError } from '../protocol/scim-error.js';
import { ScimExchange, type ClientCall } from './scim-exchange.js';

/** Many operations at once, the user whom a token speaks for, and OAuth clients' tokens. */
@ApiTags('scim')
@Controller('scim/v2')
export class ScimActionsController {
  constructor(
    @Inject(ScimExchange) private readonly exchange: ScimExchange,
    @Inject(ScimBulk) private readonly bulks: ScimBulk,
    @Inject(ScimResources) private readonly resources: ScimResources,
    @Inject(ScimClients) private readonly clients: ScimClients,
  ) {}

  @Post('Bulk')
  bulk(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.exchange.answer(request, response, 'write', async (call) => ({
      status: 200,
      body: await this.bulks.run(call, request.body),
    }));
  }

  @Get('Me')
  me(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.exchange.answer(
      request,
      response,
      'read',
      (call) => this.resources.get(call, call.catalogue.user, selfOf(call)),
      'self',
    );
  }

  @Put('Me')
  replaceMe(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.exchange.answer(
      request,
      response,
      'write',
      (call) => this.resources.replace(call, call.catalogue.user, selfOf(call), request.body),
      'self',
    );
  }

  @Patch('Me')
  patchMe(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.exchange.answer(
      request,
      response,
      'write',
      (call) => this.resources.patch(call, call.catalogue.user, selfOf(call), request.body),
      'self',
    );
  }

  @Delete('Me')
  deleteMe(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.exchange.answer(
      request,
      response,
      'write',
      (call) => this.resources.delete(call, call.catalogue.user, selfOf(call)),
      'self',
    );
  }

  @Post('Me')
  createMe(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.exchange.answer(request, response, 'read', () => Promise.reject(notImplemented()), 'self');
  }

  /** RFC 6749 §4.4: `grant_type=client_credentials`, with the client in HTTP Basic or in the form. */
  @Post('token')
  @HttpCode(200)
  async token(@Req() request: Request, @Res() response: Response): Promise<void> {
    response.setHeader('Cache-Control', 'no-store');
    await this.exchange.readForm(request, response);
    const body: unknown = request.body;
    const form = isValues(body) ? body : {};
    if (form.grant_type !== 'client_credentials')
      return void response.status(400).json({ error: 'unsupported_grant_type' });
    const [id = '', secret = ''] =
      basicOf(request) ?? [form.client_id, form.client_secret].map((one) => (typeof one === 'string' ? one : ''));
    const given = await this.clients.exchange(id, secret);
    if (given === null) {
      response.setHeader('WWW-Authenticate', 'Basic realm="scim"');
      return void response.status(401).json({ error: 'invalid_client' });
    }
    const { token, scope } = given;
    response.status(200).json({ access_token: token, token_type: 'Bearer', expires_in: ACCESS_SECONDS, scope });
  }
}

const notImplemented = (): ScimError => new ScimError(501, 'This token speaks for no user, so there is no /Me.');

/** RFC 7644 §3.11. */
function selfOf({ recordId }: ClientCall): string {
  if (recordId === null) throw notImplemented();
  return recordId;
}

function basicOf(request: Request): string[] | undefined {
  const [, encoded] = /^Basic (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const [, id = '', secret = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? [];
  return [id, secret];
}
