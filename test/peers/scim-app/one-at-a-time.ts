import type { RequestHandler } from 'express';
import { insteadOfAnswer } from './misbehave.js';

/**
 * Lets one write in at a time. scimmy's PATCH reads, changes and writes back with `await` in between: without this, two
 * concurrent changes of one group would lose one of them.
 */
export function oneAtATime(): RequestHandler {
  let tail = Promise.resolve();
  return (request, response, next) => {
    if (request.method === 'GET') return next();
    const before = tail;
    tail = new Promise((release) => {
      insteadOfAnswer(response, (answer) => {
        release();
        answer();
      });
      void before.then(() => next());
    });
  };
}
