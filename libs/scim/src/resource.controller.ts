import { Body, Controller, Delete, Get, Inject, Param, Patch, Post, Put, Req, Res, UseFilters, type Type } from '@nestjs/common'; // prettier-ignore
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { ResourceLists } from './list-resources.js';
import { assertStorable } from './read-resource.js';
import { readListQuery, readProjection } from './read-query.js';
import { ScimResources, type ResourceKind } from './resources.js';
import { ScimErrorFilter } from './scim-error.filter.js';
import { ScimExchange } from './scim-exchange.js';

/** `/scim/v2/<Type>s`: the same routes for each resource type. */
function resourceController(kind: ResourceKind): Type<object> {
  @ApiTags('scim')
  @Controller(`scim/v2/${kind}s`)
  @UseFilters(ScimErrorFilter)
  class ResourceController {
    constructor(
      @Inject(ScimExchange) private readonly exchange: ScimExchange,
      @Inject(ScimResources) private readonly resources: ScimResources,
      @Inject(ResourceLists) private readonly lists: ResourceLists,
    ) {}

    @Post()
    create(@Req() request: Request, @Res() response: Response, @Body() body: unknown): Promise<void> {
      return this.exchange.answer(request, response, 'write', (call) => this.resources.create(call, kind, body));
    }

    @Post('.search')
    search(@Req() request: Request, @Res() response: Response, @Body() body: unknown): Promise<void> {
      return this.exchange.answer(request, response, 'read', async (call) => {
        assertStorable(body);
        const found = await this.lists.list({ ...call, projection: readProjection(body) }, [kind], readListQuery(body));
        return { status: 200, body: found };
      });
    }

    @Get()
    list(@Req() request: Request, @Res() response: Response): Promise<void> {
      return this.exchange.answer(request, response, 'read', async (call, query) => ({
        status: 200,
        body: await this.lists.list(call, [kind], readListQuery(query)),
      }));
    }

    @Get(':id')
    get(@Req() request: Request, @Res() response: Response, @Param('id') id: string): Promise<void> {
      return this.exchange.answer(request, response, 'read', (call) => this.resources.get(call, kind, id));
    }

    @Put(':id')
    replace(
      @Req() request: Request,
      @Res() response: Response,
      @Param('id') id: string,
      @Body() body: unknown,
    ): Promise<void> {
      return this.exchange.answer(request, response, 'write', (call) => this.resources.replace(call, kind, id, body));
    }

    @Patch(':id')
    patch(
      @Req() request: Request,
      @Res() response: Response,
      @Param('id') id: string,
      @Body() body: unknown,
    ): Promise<void> {
      return this.exchange.answer(request, response, 'write', (call) => this.resources.patch(call, kind, id, body));
    }

    @Delete(':id')
    delete(@Req() request: Request, @Res() response: Response, @Param('id') id: string): Promise<void> {
      return this.exchange.answer(request, response, 'write', (call) => this.resources.delete(call, kind, id));
    }
  }
  Object.defineProperty(ResourceController, 'name', { value: `Scim${kind}sController` });
  return ResourceController;
}

export const ScimUsersController = resourceController('User');
export const ScimGroupsController = resourceController('Group');
