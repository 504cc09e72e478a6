import { Controller, Delete, Get, Inject, Param, Patch, Post, Put, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { typeAt } from '../schema/catalogue.js';
import { ResourceLists } from '../query/list-resources.js';
import { readListQuery, readProjection, readSearch } from '../query/read-query.js';
import { ScimResources } from '../resources/resources.js';
import { ScimError } from '../protocol/scim-error.js';
import type { Reply } from '../resources/scim-call.js';
import { ScimExchange, type ClientCall } from './scim-exchange.js';
import type { ResourceType } from '../schema/schema-model.js';
import type { Values } from '../schema/read-value.js';

/** The same routes for each resource type. Mounted last, because anything fits the address of a tenant's own type. */
@ApiTags('scim')
@Controller(['scim/v2/Users', 'scim/v2/Groups', 'scim/v2/:type'])
export class ScimResourcesController {
  constructor(
    @Inject(ScimExchange) private readonly exchange: ScimExchange,
    @Inject(ScimResources) private readonly resources: ScimResources,
    @Inject(ResourceLists) private readonly lists: ResourceLists,
  ) {}

  @Post()
  create(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.answer(request, response, 'write', (call, type) => this.resources.create(call, type, request.body));
  }

  @Post('.search')
  search(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.answer(request, response, 'read', async (call, type) => {
      const search = readSearch(request.body);
      const whole = { ...call, projection: readProjection(search) };
      return { status: 200, body: await this.lists.list(whole, [type], readListQuery(search)) };
    });
  }

  @Get()
  list(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.answer(request, response, 'read', async (call, type, query) => ({
      status: 200,
      body: await this.lists.list(call, [type], readListQuery(query)),
    }));
  }

  @Get(':id')
  get(@Req() request: Request, @Res() response: Response, @Param('id') id: string): Promise<void> {
    return this.answer(request, response, 'read', (call, type) => this.resources.get(call, type, id));
  }

  @Put(':id')
  replace(@Req() request: Request, @Res() response: Response, @Param('id') id: string): Promise<void> {
    return this.answer(request, response, 'write', (call, type) =>
      this.resources.replace(call, type, id, request.body),
    );
  }

  @Patch(':id')
  patch(@Req() request: Request, @Res() response: Response, @Param('id') id: string): Promise<void> {
    return this.answer(request, response, 'write', (call, type) => this.resources.patch(call, type, id, request.body));
  }

  @Delete(':id')
  delete(@Req() request: Request, @Res() response: Response, @Param('id') id: string): Promise<void> {
    return this.answer(request, response, 'write', (call, type) => this.resources.delete(call, type, id));
  }

  private answer(
    request: Request,
    response: Response,
    needs: 'read' | 'write',
    work: (call: ClientCall, type: ResourceType, query: Values) => Promise<Reply>,
  ): Promise<void> {
    return this.exchange.answer(request, response, needs, (call, query) => work(call, typeOf(call, request), query));
  }
}

/** The whole part of the address, and no beginning of it. A part that is no text decodes to none. */
function typeOf({ catalogue }: ClientCall, { path }: Request): ResourceType {
  const type = typeAt(catalogue, decoded(path.split('/')[3] ?? ''));
  if (!type) throw new ScimError(404, 'There is nothing at this address; /ResourceTypes says what there is.');
  return type;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}
