import type { Request } from 'express';

/** What of express is read: its table of routes. */
interface Layer {
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): boolean;
}
interface Routed {
  readonly router: { readonly stack: readonly Layer[] };
}

/** Whether a route took the request: a 404 of its own is no unknown address. */
export const isServed = ({ route }: Request): boolean => route !== undefined;

/** The methods that a path has. */
export function allowedAt({ app, path }: Request): readonly string[] {
  const { stack } = (app as unknown as Routed).router;
  const methods = stack
    .filter((layer) => layer.route !== undefined && matches(layer, path))
    .flatMap(({ route }) => Object.keys(route?.methods ?? {}));
  const found = new Set(methods.map((method) => method.toUpperCase()));
  if (found.has('GET')) found.add('HEAD');
  return [...found].sort();
}

/** A path that cannot be decoded matches nothing. */
function matches(layer: Layer, path: string): boolean {
  try {
    return layer.match(path);
  } catch {
    return false;
  }
}
