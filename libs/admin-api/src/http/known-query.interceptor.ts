import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { isStorableText, Refusal } from '@tenure/platform';
import { oneOf, refuseUnknown } from './page.js';

/** Where `@ApiQuery` keeps what a route takes: the documentation and the check are one list. */
const DECLARED = 'swagger/apiParameters';

interface Declared {
  readonly in: string;
  readonly name: string;
  readonly schema?: { readonly enum?: readonly string[] };
}

/** Refuses a parameter that the route does not document, one that comes twice, and a word that is not one of its words. */
@Injectable()
export class KnownQuery implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const query = context.switchToHttp().getRequest<Request>().query as Record<string, string>;
    if (Object.keys(query).length > 0) checkQuery(query, declaredOf(context));
    return next.handle() as Observable<unknown>;
  }
}

const declaredOf = (context: ExecutionContext): readonly Declared[] =>
  ((Reflect.getMetadata(DECLARED, context.getHandler()) ?? []) as readonly Declared[]).filter(
    (parameter) => parameter.in === 'query',
  );

function checkQuery(query: Readonly<Record<string, string>>, declared: readonly Declared[]): void {
  refuseUnknown(
    query,
    declared.map(({ name }) => name),
  );
  for (const [name, value] of Object.entries(query)) {
    if (!isStorableText(value)) throw new Refusal('parameter_invalid', `${name} has U+0000, which is not text.`);
  }
  for (const { name, schema } of declared) if (schema?.enum) oneOf(query, name, schema.enum);
}
