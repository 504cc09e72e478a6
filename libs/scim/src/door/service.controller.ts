import { Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { describeResourceTypes, describeSchemas, describeService } from './describe-service.js';
import { ResourceLists } from '../query/list-resources.js';
import { readListQuery, readProjection, readSearch } from '../query/read-query.js';
import { ScimError } from '../protocol/scim-error.js';
import { ScimExchange } from './scim-exchange.js';

const LIST_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

/** Discovery (RFC 7644 §4), and searches over every type. */
@ApiTags('scim')
@Controller('scim/v2')
export class ScimServiceController {
  constructor(
    @Inject(ScimExchange) private readonly exchange: ScimExchange,
    @Inject(ResourceLists) private readonly lists: ResourceLists,
  ) {}

  @Get('ServiceProviderConfig')
  config(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.exchange.describe(request, response, (_, base) => describeService(base));
  }

  @Get('ResourceTypes')
  resourceTypes(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.exchange.describe(request, response, (catalogue, base) =>
      listOf(describeResourceTypes(base, catalogue)),
    );
  }

  @Get('ResourceTypes/:id')
  resourceType(@Req() request: Request, @Res() response: Response, @Param('id') id: string): Promise<void> {
    return this.exchange.describe(request, response, (catalogue, base) =>
      oneOf(describeResourceTypes(base, catalogue), id, 'resource type'),
    );
  }

  @Get('Schemas')
  schemas(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.exchange.describe(request, response, (catalogue, base) => listOf(describeSchemas(base, catalogue)));
  }

  @Get('Schemas/:id')
  schema(@Req() request: Request, @Res() response: Response, @Param('id') id: string): Promise<void> {
    return this.exchange.describe(request, response, (catalogue, base) =>
      oneOf(describeSchemas(base, catalogue), id, 'schema'),
    );
  }

  /** Resources of every type (RFC 7644 §3.4.2.1). */
  @Get()
  list(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.exchange.answer(request, response, 'read', async (call, query) => ({
      status: 200,
      body: await this.lists.list(call, call.catalogue.types, readListQuery(query)),
    }));
  }

  /** The same with the question in the body, so that no personal value stands in an address (§3.4.3, §7.5.2). */
  @Post('.search')
  search(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.exchange.answer(request, response, 'read', async (call) => {
      const search = readSearch(request.body);
      const whole = { ...call, projection: readProjection(search) };
      return { status: 200, body: await this.lists.list(whole, call.catalogue.types, readListQuery(search)) };
    });
  }
}

const listOf = (resources: readonly object[]): object => ({
  schemas: [LIST_SCHEMA],
  totalResults: resources.length,
  startIndex: 1,
  itemsPerPage: resources.length,
  Resources: resources,
});

function oneOf(resources: readonly { readonly id: string }[], id: string, what: string): object {
  const found = resources.find((one) => one.id.toLowerCase() === id.toLowerCase());
  if (!found) throw new ScimError(404, `There is no ${what} ${id}.`);
  return found;
}
