import { ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { NestExpressApplication } from '@nestjs/platform-express';
import helmet from 'helmet';
import type { NextFunction, Request, Response } from 'express';
import { Metrics, NestLog, newId, withContext, type Config, type Log } from '@tenure/platform';
import { ENTITIES } from '@tenure/schema';
import { readSourceBase, refuseOtherMedia } from '@tenure/scim';
import { ApiModule } from './api.module.js';
import { DoorAdapter } from './door-adapter.js';
import { exactAddress } from './exact-address.js';
import { shownPath } from './shown-path.js';

const REQUEST_ID = /^[\w.-]{1,64}$/;

/** The api process, ready to listen. */
export async function createApi(config: Config, log: Log): Promise<NestExpressApplication> {
  const options = { bodyParser: false, logger: new NestLog(log), abortOnError: false };
  const module = ApiModule.for({ config, log, entities: ENTITIES });
  const app = await NestFactory.create<NestExpressApplication>(module, new DoorAdapter(), options);
  app.disable('x-powered-by');
  app.set('trust proxy', [...config.trustedProxies]);
  app.use(requestContext(log));
  app.use(exactAddress);
  app.use(
    helmet({
      contentSecurityPolicy: {
        directives: { 'script-src': ["'self'"], 'form-action': null, 'upgrade-insecure-requests': null },
      },
    }),
  );
  // Each door reads its own kind of body, once it knows who sends it.
  app.use(readSourceBase);
  app.use('/scim', refuseOtherMedia);
  app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
  app.enableShutdownHooks();
  if (config.apiDocs === 'on') serveDocs(app);
  app.get(Metrics).registry.setDefaultLabels({ process: 'api' });
  return app;
}

/** Gives every request an id, which is on each log line, hint, journal entry and problem that comes of it. */
function requestContext(log: Log) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const given = request.headers['x-request-id'];
    const requestId = typeof given === 'string' && REQUEST_ID.test(given) ? given : newId();
    const began = performance.now();
    response.setHeader('X-Request-Id', requestId);
    withContext({ requestId }, () => {
      response.on('finish', () => {
        const { method, path } = request;
        log.info({
          event: 'request.answered',
          method,
          path: shownPath(path, (request.route as { path: string } | undefined)?.path),
          status: response.statusCode,
          ms: Math.round(performance.now() - began),
        });
      });
      next();
    });
  };
}

function serveDocs(app: NestExpressApplication): void {
  const description = new DocumentBuilder()
    .setTitle('Tenure')
    .setDescription('The admin API, and the doors for identity providers, HR systems and employees.')
    .setVersion('1')
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth()
    .build();
  SwaggerModule.setup('api/docs', app, () => SwaggerModule.createDocument(app, description), {
    jsonDocumentUrl: 'api/openapi.json',
    yamlDocumentUrl: 'api/openapi.yaml',
  });
}
