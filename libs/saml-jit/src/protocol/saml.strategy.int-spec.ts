import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Catch,
  Controller,
  Get,
  HttpCode,
  Logger,
  Module,
  Post,
  Req,
  UseFilters,
  UseGuards,
  type ArgumentsHost,
  type ExceptionFilter,
  type INestApplication,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import type { Response } from 'express';
import * as forge from '../test-kit/forge-response.js';
import { TestConnections, testConnection, testKeys, TestRequests } from '../test-kit/test-connection.js';
import type { SigningKey } from './create-signing-key.js';
import { LoginRequests, SamlConnections, type SamlConnection } from './saml-connection.js';
import { SamlRefused } from './saml-refused.js';
import { SamlGuard, SamlStrategy, statusOfRefusal, type SamlUser } from './saml.strategy.js';

@Catch(SamlRefused)
class RefusalFilter implements ExceptionFilter<SamlRefused> {
  catch(refused: SamlRefused, host: ArgumentsHost): void {
    host
      .switchToHttp()
      .getResponse<Response>()
      .status(statusOfRefusal(refused))
      .json({ code: refused.code, support: refused.supportCode });
  }
}

@Controller('saml/:connectionId')
@UseFilters(RefusalFilter)
class AcsController {
  @Post('acs')
  @HttpCode(200)
  @UseGuards(SamlGuard)
  acs(@Req() request: { user: SamlUser }): object {
    return { nameId: request.user.login.nameId, connection: request.user.connection.id };
  }

  @Get('acs')
  @UseGuards(SamlGuard)
  byGet(): string {
    return 'in';
  }
}

describe('the ACS of a Nest application', () => {
  const requests = new TestRequests();
  let app: INestApplication<Server>;
  let address: string;
  let connection: SamlConnection;
  let idp: SigningKey;

  beforeAll(async () => {
    idp = (await testKeys()).idp;
    connection = testConnection(idp.certificate, 'both');
    requests.add(connection.id, '_request');

    @Module({
      controllers: [AcsController],
      providers: [
        SamlStrategy,
        { provide: SamlConnections, useValue: new TestConnections([connection]) },
        { provide: LoginRequests, useValue: requests },
      ],
    })
    class TestModule {}

    Logger.overrideLogger(false);
    app = await NestFactory.create<INestApplication<Server>>(TestModule);
    await app.listen(0, '127.0.0.1');
    address = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}/saml/${connection.id}/acs`;
  });
  afterAll(() => app.close());

  const post = (form: Record<string, string>, url = address): Promise<globalThis.Response> =>
    fetch(url, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });
  const good = (): Record<string, string> =>
    forge.formOf(forge.forgeResponse(forge.goodParts(connection, '_request'), 'both', idp));

  it('hands the verified login to the controller', async () => {
    const response = await post(good());
    expect([response.status, await response.json()]).toEqual([200, { nameId: 'ada', connection: connection.id }]);
  });

  it.each<[string, () => Promise<globalThis.Response>, number, string]>([
    ['an empty form, without a redirect to the IdP', () => post({}), 400, 'body_malformed'],
    [
      'an unsigned response',
      () => post(forge.formOf(forge.forgeResponse(forge.goodParts(connection, '_request'), 'none', idp))),
      403,
      'response_not_signed',
    ],
    [
      'a signed logout response',
      () => {
        const parts = forge.goodParts(connection, '_request');
        const xml = forge.responseXml(parts, '').replaceAll('samlp:Response', 'samlp:LogoutResponse');
        return post(forge.formOf(forge.signElement(xml, parts.responseId, idp)));
      },
      403,
      'not_a_login_response',
    ],
    ['a message in the query', () => post(good(), `${address}?SAMLResponse=x`), 403, 'not_a_login_response'],
    [
      'a logout request by GET',
      () => fetch(`${address}?SAMLRequest=x`, { redirect: 'manual' }),
      403,
      'not_a_login_response',
    ],
    ['a plain GET', () => fetch(address, { redirect: 'manual' }), 403, 'not_a_login_response'],
    [
      'a connection that is not there',
      () => post(good(), address.replace(connection.id, 'nobody')),
      404,
      'unknown_connection',
    ],
  ])('refuses %s', async (_, request, status, code) => {
    const response = await request();
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ code, support: expect.stringMatching(/^[2-9A-Z]{8}$/) });
  });
});
